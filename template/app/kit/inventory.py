"""Which of the declared cookies a browser has, for a page that shows them."""

from dataclasses import dataclass

from fastapi.requests import HTTPConnection

from app.kit.cookie import DECLARED
from app.kit.cookie_header import pairs


@dataclass
class KeptCookie:
    """What a visitor may want to know about one cookie."""

    name: str
    purpose: str
    lifetime: str  # in words
    read_by_scripts: bool
    is_here: bool | None  # None: its path is not /, so this request does not tell


def cookie_inventory(connection: HTTPConnection) -> list[KeptCookie]:
    """Return every declared cookie, and whether it came with this request."""
    sent = {name.decode("latin-1") for name, _ in pairs(connection)}
    return [
        KeptCookie(
            name=each.name,
            purpose=each.purpose,
            lifetime=each.lifetime,
            read_by_scripts=not each.httponly,
            is_here=each.name in sent if each.path == "/" else None,
        )
        for each in DECLARED.values()
    ]
