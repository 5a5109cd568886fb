"""What this app keeps in a visitor's browser: the start of a privacy page."""

from dataclasses import dataclass

from fastapi.requests import HTTPConnection

from app.kit.cookie import DECLARED, pairs


@dataclass
class KeptCookie:
    name: str
    purpose: str
    lifetime: str  # in words
    read_by_scripts: bool
    is_here: bool | None  # None where its path is not /: this request does not tell


def cookie_inventory(connection: HTTPConnection) -> list[KeptCookie]:
    """Return every declared cookie, and whether it came with this request."""
    sent, kept = {name.decode("latin-1") for name, _ in pairs(connection)}, []
    for each in DECLARED.values():
        is_here = each.name in sent if each.path == "/" else None
        kept.append(KeptCookie(each.name, each.purpose, each.lifetime, not each.httponly, is_here))
    return kept
