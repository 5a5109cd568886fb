"""What a cookie is: declared once, checked at once, encoded and read the same way everywhere.

RFC 10025 is the standard; CHIPS adds `Partitioned`. Starlette's `set_cookie` does not do, since
`http.cookies` refuses `Partitioned` before Python 3.14 and writes what JavaScript cannot read.
"""

import http.cookies
import re
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, cast

import fastapi
from fastapi.requests import HTTPConnection
from pydantic import BaseModel
from starlette.responses import Response

from app.kit.caching import vary_on_cookie
from app.kit.request import SENDING
from app.kit.values import decoded, encoded

DAY = 24 * 60 * 60  # seconds
MAX_LIFETIME = 400 * DAY  # RFC 10025, section 5.5
MAX_SIZE = 4096  # bytes of name and value together (section 5.6)

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, section 5.6.2
# Parsers of the Cookie header, http.cookies among them, take these for attributes.
_RESERVED = r"comment|domain|expires|httponly|max-age|partitioned|path|samesite|secure|version|\$.*"
# RFC 1123, section 2.1: a host name of two labels or more, since browsers drop a cookie for all of
# example. One that ends in a number is an address (URL Standard).
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = r"(.*\.)?(\d+|0[Xx][0-9A-Fa-f]*)$"
_HOST_NAME = re.compile(rf"(?!{_ADDRESS}){_LABEL}(\.{_LABEL})+")
Value = TypeVar("Value", bound=str | BaseModel)
if not hasattr(http.cookies, "_unquote_sub"):  # before Python 3.11.10 and 3.12.6
    # By this Starlette reads each cookie, in quadratic time (CVE-2024-7592). This is Python 3.13's.
    def _unquote(text: str) -> str:
        escape = r"\\(?:([0-3][0-7][0-7])|(.))"
        inner = re.sub(escape, lambda it: chr(int(it[1], 8)) if it[1] else it[2], text[1:-1])
        return inner if len(text) > 1 and text[0] + text[-1] == '""' else text

    http.cookies._unquote = _unquote  # type: ignore[assignment]


class Place(NamedTuple):
    """Where a browser keeps a cookie: of one name, one in each place (RFC 10025, 5.7; CHIPS)."""

    path: str = "/"
    domain: str | None = None  # the host that sets it
    partitioned: bool = False


DECLARED: dict[tuple[str, Place], "Cookie[Any]"] = {}
"""Every cookie declared so far, by its name and place."""


@dataclass(frozen=True)
class Cookie(Generic[Value]):
    """One cookie of this app.

    Attributes:
        name: a token (RFC 9110, section 5.6.2).
        holds: `str`, or the Pydantic model that it holds as JSON.
        purpose: what it is for, in words for a privacy page.
        max_age: its lifetime in seconds, 400 days at most; None: until the browser closes.
        path, domain, secure, httponly, samesite, partitioned: as in `Response.set_cookie`.
        formerly: where an earlier version of the app set it. A browser would keep that one, too,
            and send both, so setting and deleting this one ends those.

    Raises ValueError where no browser would keep it, TypeError for what it `holds`; the message
    says what to change.
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
        for complaint in _complaints(self):
            raise ValueError(f"Cookie {self.name!r}: {complaint}")
        holds: object = self.holds
        if holds is not str and not (isinstance(holds, type) and issubclass(holds, BaseModel)):
            raise TypeError(f"Cookie {self.name!r} holds str or a Pydantic model, not {holds!r}.")
        DECLARED[self.name, self.place] = self

    @cached_property
    def read(self) -> Callable[..., Awaitable[Value | None]]:
        """The dependency that reads it: `Annotated[Model | None, Depends(COOKIE.read)]`.

        None: the client sent none, one that cannot be read, or several that differ, of which one
        can be an attacker's, set from a sibling subdomain; nobody can tell which.
        """
        in_openapi = fastapi.Cookie(alias=self.name, description=self.purpose)

        async def read(
            connection: HTTPConnection, _: Annotated[str | None, in_openapi] = None
        ) -> Value | None:
            raw = read_raw(connection, self.name)
            return None if raw is None else self.decode(raw)

        return read

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
        return f"{self.max_age} seconds" if rest else f"{days} day{'s' * (days > 1)}"

    def set(self, response: Response, value: Value) -> None:
        """Set this cookie on `response`.

        Raises TypeError where `value` is of another type; ValueError where it takes over 4096 bytes
        with its name, has no UTF-8 (half of a surrogate pair) or would not read back the same.
        """
        self._send(response, self.formerly, f"{self.name}={self.encode(value)};{self.attributes}")

    def delete(self, response: Response) -> None:
        """Make the browser drop this cookie, wherever it was set."""
        # It would keep one whose path, domain or prefix's attributes were missing (section 4.1.3).
        self._send(response, (*self.formerly, self.place))

    def encode(self, value: Value) -> str:
        """Return `value` as it travels: UTF-8, a model as JSON, percent-encoded.

        A page reads it with `decodeURIComponent`, then `JSON.parse`. Raises as `set` does.
        """
        # No subclass of a model: fields that the declared one does not have would travel, too.
        if type(value) is not self.holds and not (self.holds is str and isinstance(value, str)):
            kind = type(value).__name__
            raise TypeError(f"Cookie {self.name!r} holds {self.holds.__name__}, not {kind}.")
        text = value if isinstance(value, str) else self._dump(value)
        if re.search("[\ud800-\udfff]", text):
            raise ValueError(f"Cookie {self.name!r} cannot hold half of a surrogate pair.")
        travels = encoded(text)
        if (size := len(self.name) + len(travels)) > MAX_SIZE:
            limit = (
                f"browsers drop more than {MAX_SIZE}; keep less of it, or keep it on the server."
            )
            raise ValueError(f"Cookie {self.name!r} takes {size} bytes with its value: {limit}")
        return travels

    def decode(self, raw: str) -> Value | None:
        """Return what `raw`, a value that a client sent, holds; None if it cannot be read.

        Whoever wrote it: Starlette's `set_cookie`, a script or another framework may have.
        """
        with suppress(Exception):  # A model's validators can raise anything.
            text = decoded(raw)
            if issubclass(self.holds, BaseModel):
                return self.holds.model_validate_json(text)
            return cast("Value", text)
        return None

    def _dump(self, model: BaseModel) -> str:
        """Return `model` as JSON that reads back as the same model."""
        with suppress(Exception):
            # Warnings would show the value.
            json = model.model_dump_json(by_alias=True, warnings=False)
            if type(model).model_validate_json(json) == model:
                return json
        raise ValueError(
            f"Cookie {self.name!r} would not read back as the {self.holds.__name__} that was set; "
            "make its fields valid, and its aliases and serializers fit its validators."
        )

    def _send(self, response: Response, ended: tuple[Place, ...], *headers: str) -> None:
        sending = SENDING.get()
        if sending is not None and sending.has_started:
            late = f"Cookie {self.name!r} is lost: the response was sent before. Set it earlier."
            warnings.warn(late, RuntimeWarning, stacklevel=3)
        ends = (f"{self.name}=;{self._attributes(place, 0)}" for place in ended)
        said = [(b"set-cookie", each.encode()) for each in (*ends, *headers)]
        response.raw_headers += said
        if sending is not None:
            sending.shared.said += [(response, header) for header in said]

    def _attributes(self, place: Place, max_age: int | None) -> str:
        # Alphabetical, as Starlette's set_cookie sends them.
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


def read_raw(connection: HTTPConnection, name: str) -> str | None:
    """Return the value of the cookie `name` as the client sent it; None as for `Cookie.read`."""
    values = {value for found, value in pairs(connection) if found == name.encode("ascii")}
    return values.pop().decode("latin-1") if len(values) == 1 else None


def pairs(connection: HTTPConnection) -> list[tuple[bytes, bytes]]:
    """Return the names and values of the cookies that the client sent, exactly as they came.

    Starlette strips U+00A0 and U+0085 from names, so that a sibling subdomain's cookie would pass
    for one that starts with `__Host-`.
    """
    vary_on_cookie(connection)
    sent = [content for header, content in connection.scope["headers"] if header == b"cookie"]
    parts = (pair.strip(b" \t").partition(b"=") for each in sent for pair in each.split(b";"))
    return [(name, value) for name, equals, value in parts if equals]  # else it has no name


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


def _complaints(cookie: Cookie[Any]) -> Iterator[str]:
    """Yield what to change in a declaration that no browser would keep."""
    name, max_age, secure = cookie.name, cookie.max_age, cookie.secure
    prefix = name.lower()  # Browsers compare without case (RFC 10025, section 5.4).
    if not _TOKEN.fullmatch(name):
        yield "a name takes letters, digits and !#$%&'*+-.^_`|~ only (RFC 9110, section 5.6.2)."
    if len(name) > MAX_SIZE:
        yield f"browsers drop a name of more than {MAX_SIZE} bytes; shorten it."
    if re.fullmatch(_RESERVED, prefix):
        yield "this name is reserved, because parsers take it for an attribute; choose another."
    if not cookie.purpose.strip():
        yield "say in `purpose` what it is for."
    if prefix.startswith(("__secure-", "__host-", "__http-")) and not secure:
        yield "its prefix requires secure=True."
    if prefix.startswith("__host-") and (cookie.path, cookie.domain) != ("/", None):
        yield "the prefix __Host- requires path='/' and no domain."
    if prefix.startswith(("__http-", "__host-http-")) and not cookie.httponly:
        yield "its prefix requires httponly=True."
    if cookie.samesite not in ("lax", "strict", "none"):
        yield "samesite is 'lax', 'strict' or 'none'."
    if not secure and (cookie.samesite == "none" or cookie.partitioned):
        yield "samesite='none' and partitioned=True require secure=True."
    if max_age is not None and (type(max_age) is not int or not 0 < max_age <= MAX_LIFETIME):
        yield f"max_age takes 1 to {MAX_LIFETIME} seconds (400 days); to end a cookie, delete it."
    if cookie.place in cookie.formerly:
        yield "formerly names where it was before, not where it is now."
    if (name, cookie.place) in DECLARED:
        yield f"it is declared twice for {cookie.path!r}; use the first declaration."
    for place in (cookie.place, *cookie.formerly):
        if not re.fullmatch(r"/[ -:<-~]*(?<! )", place.path):
            yield "path starts with '/', takes printable ASCII without ';', and ends in no space."
        if len(place.path) > 1024:
            yield "browsers ignore a path over 1024 bytes; shorten it."
        domain = "none.example" if place.domain is None else place.domain
        if len(domain) > 253 or not _HOST_NAME.fullmatch(domain):
            yield "domain is a host name such as 'example.com', without a dot in front or a port."
