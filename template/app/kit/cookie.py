"""A cookie is declared once, then set, read and deleted as declared.

Starlette's `set_cookie` is not used: `http.cookies` refuses `Partitioned` before Python
3.14, and escapes values in a way that JavaScript cannot read.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, cast

from fastapi.requests import HTTPConnection
from pydantic import BaseModel
from starlette.responses import Response

from app.kit.browser_rules import (
    DAY,
    MAX_SIZE,
    Place,
    wrong_for_prefix,
    wrong_lifetime,
    wrong_name,
    wrong_place,
    wrong_samesite,
)
from app.kit.cookie_header import read_raw
from app.kit.request import SENDING, Header
from app.kit.values import decoded, encoded, json_of

Value = TypeVar("Value", bound=str | BaseModel)
_SURROGATE = re.compile("[\ud800-\udfff]")

DECLARED: dict[tuple[str, Place], "Cookie[Any]"] = {}
"""Every cookie declared so far, by its name and place."""


@dataclass(frozen=True, eq=False)
class Cookie(Generic[Value]):
    """One cookie of this app.

    Attributes:
        name: a token (RFC 9110, section 5.6.2).
        holds: the type of its value: `str`, or a Pydantic model, which is sent as JSON.
        purpose: what it is for, worded for a privacy page.
        max_age: its lifetime in seconds, 400 days at most; None: until the browser
            closes.
        path, domain, secure, httponly, samesite, partitioned: as in
            `Response.set_cookie`.
        formerly: the places where earlier versions of the app set it. Setting or
            deleting the cookie also deletes it there. Otherwise a browser would keep
            the old one, and send both.

    Raises ValueError if browsers would not keep the cookie (RFC 10025, CHIPS), if it
    has no purpose, and if it is declared already. Raises TypeError if `holds` is
    another type. The message says what to change.
    """

    name: str
    holds: type[Value]
    _: KW_ONLY
    purpose: str
    max_age: int | None = None
    path: str = "/"
    domain: str | None = None
    secure: bool = True
    httponly: bool = True
    samesite: Literal["lax", "strict", "none"] = "lax"
    partitioned: bool = False
    formerly: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        complaint = next(self._complaints(), None)
        if complaint is not None:
            raise ValueError(f"Cookie {self.name!r}: {complaint}")
        holds: object = self.holds  # whatever was written there
        is_model = isinstance(holds, type) and issubclass(holds, BaseModel)
        if holds is not str and not is_model:
            raise TypeError(
                f"Cookie {self.name!r} holds str or a Pydantic model, not {holds!r}."
            )
        DECLARED[self.name, self.place] = self

    async def read(self, connection: HTTPConnection) -> Value | None:
        """Return its value, or None.

        In a path operation: `value: Annotated[Model | None, Depends(COOKIE.read)]`.

        None if the client sent no such cookie, sent one that cannot be read, or sent
        several that differ. An attacker may have set one of several from a sibling
        subdomain, and nothing shows which.
        """
        # Async, though it waits for nothing: FastAPI would use a thread.
        raw = read_raw(connection, self.name)
        return None if raw is None else self.decode(raw)

    def set(self, response: Response, value: Value) -> None:
        """Set this cookie on `response`.

        Raises TypeError if `value` is of another type. Raises ValueError if name and
        value together exceed 4096 bytes, or if the value would not read back the same
        or holds half of a surrogate pair, which UTF-8 cannot encode.
        """
        line = f"{self.name}={self.encode(value)};{self.attributes}"
        self._send(response, [*self._deletions(self.formerly), line])

    def delete(self, response: Response) -> None:
        """Make the browser delete this cookie, and any at a place in `formerly`."""
        places = (*self.formerly, self.place)
        self._send(response, list(self._deletions(places)))

    @cached_property
    def place(self) -> Place:
        """Where a browser keeps it."""
        return Place(self.path, self.domain, self.partitioned)

    @cached_property
    def attributes(self) -> str:
        """Its attributes as they stand in Set-Cookie, after name and value."""
        return self._attributes(self.place, self.max_age)

    @property
    def lifetime(self) -> str:
        """How long a browser keeps it, in words."""
        if self.max_age is None:
            return "until the browser closes"
        days, rest = divmod(self.max_age, DAY)
        if rest:
            return f"{self.max_age} seconds"
        return "1 day" if days == 1 else f"{days} days"

    def encode(self, value: Value) -> str:
        """Return `value` as Set-Cookie carries it: UTF-8, percent-encoded.

        A model becomes JSON first. If `httponly=False`, scripts read it with
        `decodeURIComponent`, then `JSON.parse`. Raises as `set` does.
        """
        if not self._takes(value):
            kind = type(value).__name__
            raise TypeError(
                f"Cookie {self.name!r} holds {self.holds.__name__}, not {kind}."
            )
        text = value if isinstance(value, str) else json_of(value)
        if text is None:  # its JSON would not validate as an equal model
            raise ValueError(
                f"Cookie {self.name!r} would not read back as the "
                f"{self.holds.__name__} that was set. Its fields must be valid, and "
                "its validators must accept what its aliases and serializers write."
            )
        if _SURROGATE.search(text):
            raise ValueError(
                f"Cookie {self.name!r} cannot hold half of a surrogate pair."
            )
        carried = encoded(text)
        size = len(self.name) + len(carried)
        if size > MAX_SIZE:
            raise ValueError(
                f"Cookie {self.name!r} takes {size} bytes with its value: browsers "
                f"drop a cookie of more than {MAX_SIZE}. Keep less in it, or keep the "
                "data on the server."
            )
        return carried

    def decode(self, raw: str) -> Value | None:
        """Return what `raw`, a value from a client, holds; None if it cannot be read.

        What Starlette's `set_cookie`, a script or another framework wrote is read, too.
        """
        try:
            text = decoded(raw)
            if issubclass(self.holds, BaseModel):
                return self.holds.model_validate_json(text)
            return cast("Value", text)
        except Exception:  # A model's validators can raise anything.
            return None

    def _complaints(self) -> Iterator[str]:
        """Yield what to change in this declaration."""
        name, place, secure = self.name, self.place, self.secure
        if SENDING.get() is not None:
            yield "declare it at the top of a module, once, and not in each request."
        yield from wrong_name(name)
        if not self.purpose.strip():
            yield "say in `purpose` what it is for."
        yield from wrong_for_prefix(name, place, secure=secure, httponly=self.httponly)
        yield from wrong_samesite(
            self.samesite, partitioned=self.partitioned, secure=secure
        )
        yield from wrong_lifetime(self.max_age)
        if place in self.formerly:
            yield "`formerly` names where it was before, not where it is now."
        if (name, place) in DECLARED:
            yield (
                f"it is declared twice for {self.path!r}: import the first declaration."
            )
        for each in (place, *self.formerly):
            yield from wrong_place(each)

    def _takes(self, value: object) -> bool:
        """Return whether `value` is of the declared type.

        An instance of a subclass is not: the fields that the subclass adds would be
        sent, too.
        """
        if self.holds is str:
            return isinstance(value, str)
        return type(value) is self.holds

    def _deletions(self, places: tuple[Place, ...]) -> Iterator[str]:
        """Yield, for each of these places, a Set-Cookie that deletes the cookie there.

        Browsers ignore a deletion that lacks the attributes which the prefix of the
        name requires (RFC 10025, section 4.1.3). One for another place deletes nothing.
        """
        for place in places:
            yield f"{self.name}=;{self._attributes(place, 0)}"

    def _attributes(self, place: Place, max_age: int | None) -> str:
        # In the order and spelling of Starlette's set_cookie, hence "expires". A former
        # place may be partitioned, which requires Secure.
        attributes = (
            f" Domain={place.domain}" if place.domain is not None else "",
            " expires=Thu, 01 Jan 1970 00:00:00 GMT" if max_age == 0 else "",
            " HttpOnly" if self.httponly else "",
            f" Max-Age={max_age}" if max_age is not None else "",
            " Partitioned" if place.partitioned else "",
            f" Path={place.path}",
            f" SameSite={self.samesite}",
            " Secure" if self.secure or place.partitioned else "",
        )
        return ";".join(filter(None, attributes))

    def _send(self, response: Response, lines: list[str]) -> None:
        """Add these Set-Cookie headers to `response`.

        They are also noted in the order in which they were set: `delivery.py` sends the
        last of them last, and `lost.py` warns of those that never leave.
        """
        headers: list[Header] = [(b"set-cookie", line.encode()) for line in lines]
        response.raw_headers += headers
        sending = SENDING.get()
        if sending is None:  # outside a request
            return
        if sending.has_started:
            message = (
                f"Cookie {self.name!r} is lost: the response was already sent. "
                "Set it earlier."
            )
            warnings.warn(message, RuntimeWarning, stacklevel=3)
        sending.shared.cookies_set += [(response, header) for header in headers]
