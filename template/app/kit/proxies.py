"""A warning where the server believes every client: `FORWARDED_ALLOW_IPS`."""

import logging
import os
from contextlib import suppress
from ipaddress import ip_network

_ALL = (
    "FORWARDED_ALLOW_IPS=%s takes the word of every client for its own address, so "
    "limits per address do not work. Name your proxies: docs/deploy.md says which "
    "value is right."
)


def warn_if_all_proxies_are_trusted() -> None:
    """Log a warning if the variable names every address.

    uvicorn has an option for the same, which cannot be seen from here.
    """
    value = os.environ.get("FORWARDED_ALLOW_IPS", "")
    if value == "*" or any(_is_all(each.strip()) for each in value.split(",")):
        logging.getLogger(__name__).warning(_ALL, value)


def _is_all(text: str) -> bool:
    with suppress(ValueError):
        return ip_network(text).prefixlen == 0
    return False
