"""What this app keeps in a visitor's browser: the start of a privacy page."""

from dataclasses import dataclass

from fastapi.requests import HTTPConnection

from app.kit.cookie import DAY, DECLARED, pairs


@dataclass
class KeptCookie:
    """A declared cookie, in words for people."""

    name: str
    purpose: str
    lifetime: str
    read_by_scripts: bool
    is_here: bool | None  # None where it has a path of its own: this request does not tell


def cookie_inventory(connection: HTTPConnection) -> list[KeptCookie]:
    """Return every declared cookie, and whether it came with this request."""
    sent, kept = {name.decode("latin-1") for name, _ in pairs(connection)}, []
    for each in DECLARED.values():
        is_here = each.name in sent if each.path == "/" else None
        words = each.name, each.purpose, lifetime(each.max_age)
        kept.append(KeptCookie(*words, not each.httponly, is_here))
    return kept


def lifetime(max_age: int | None) -> str:
    """Return how long a browser keeps a cookie, in words."""
    if max_age is None:
        return "until the browser closes"
    return f"{max_age // DAY} days" if max_age % DAY == 0 else f"{max_age} seconds"
