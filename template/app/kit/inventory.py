"""What this app keeps in a visitor's browser: the start of a privacy page."""

from fastapi.requests import HTTPConnection
from pydantic import BaseModel

from app.kit.cookie import DAY, DECLARED, pairs

_UNITS = {"day": DAY, "hour": 60 * 60, "minute": 60, "second": 1}


class KeptCookie(BaseModel):
    """A declared cookie, in words for people."""

    name: str
    purpose: str
    lifetime: str
    read_by_scripts: bool
    is_here: bool | None  # None: it has a path of its own, so this request does not tell


def cookie_inventory(connection: HTTPConnection) -> list[KeptCookie]:
    """Return every declared cookie, and whether it came with this request."""
    sent = {name for name, _ in pairs(connection)}
    return [
        KeptCookie(
            name=each.name,
            purpose=each.purpose,
            lifetime=lifetime(each.max_age),
            read_by_scripts=not each.httponly,
            is_here=each.name.encode() in sent if each.path == "/" else None,
        )
        for each in DECLARED.values()
    ]


def lifetime(max_age: int | None) -> str:
    """Return a lifetime in words."""
    if max_age is None:
        return "until the browser closes"
    unit = next(each for each, seconds in _UNITS.items() if max_age % seconds == 0)
    number = max_age // _UNITS[unit]
    return f"{number} {unit}{'s' * (number > 1)}"
