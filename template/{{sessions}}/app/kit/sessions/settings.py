"""The settings of sessions and of signing in."""

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.kit.sessions.passwords import PasswordHash
from app.kit.sessions.store_url import check_store_url
from app.kit.settings import read_json

_LONGEST = 10**9  # seconds; stores keep times in 64 bits
_SECONDS = {"second": 1, "minute": 60, "hour": 60 * 60, "day": 24 * 60 * 60}
_RATE = re.compile(
    r"([1-9]\d{,8}) per ([1-9]\d{,3} )?(" + "|".join(_SECONDS) + ")s?",
)


class Rate(NamedTuple):
    """How many attempts are allowed in how many seconds, from the first attempt on."""

    attempts: int
    seconds: int


def read_rate(text: str) -> Rate:
    """Return the rate that `text` means. Raises ValueError unless it is exactly one."""
    if (match := _RATE.fullmatch(text)) is None:
        raise ValueError(
            'write one rate, such as "10 per 10 minutes" or "3 per minute".'
        )
    attempts, number, unit = match.groups()
    return Rate(int(attempts), int(number or 1) * _SECONDS[unit])


def _check_rate(text: str) -> str:
    read_rate(text)
    return text


RateText = Annotated[str, AfterValidator(_check_rate)]

PasswordHashes = Annotated[
    dict[str, PasswordHash], NoDecode, BeforeValidator(read_json)
]
"""A setting in JSON: the hashes of passwords, by the users' names."""


class SessionSettings(BaseSettings):
    """What sessions read: `class Settings(SessionSettings, KitSettings)` has both."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    session_store: Annotated[str, AfterValidator(check_store_url)] = Field(
        default="sqlite:///sessions.db",
        repr=False,  # it may hold a password
    )
    """Where sessions are kept: sqlite:///…, redis://… or postgresql://…"""

    session_idle_limit: int = Field(default=60 * 60, ge=5 * 60, le=_LONGEST)
    """Seconds without a request after which a session ends. Noted to the minute."""

    session_absolute_limit: int = Field(default=24 * 60 * 60, ge=5 * 60, le=_LONGEST)
    """Seconds after which a session ends, used or not.

    Both defaults are NIST's (SP 800-63B-4, section 2.2.3, AAL2).
    """

    session_fresh_for: int = Field(default=10 * 60, ge=1)
    """Seconds for which a password counts as recent."""

    sign_in_limit_per_user: RateText = "10 per 10 minutes"
    sign_in_limit_per_address: RateText = "100 per 10 minutes"
