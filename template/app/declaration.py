"""How a cookie is declared: checked at once, and encoded the same way everywhere.

The cookies of this app are declared in `app/cookies.py`.

RFC 10025 is the standard for cookies; CHIPS adds `Partitioned`. The standard library's
`http.cookies`, which Starlette's `set_cookie` uses, parses and renders every cookie anew,
refuses `Partitioned` before Python 3.14 and writes values that JavaScript cannot read. So
this module renders the header itself; the attributes, which never change, only once.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, cast
from urllib.parse import quote, unquote

import fastapi
from pydantic import BaseModel
from starlette.responses import Response

DAY: Final = 24 * 60 * 60
"""Seconds in a day."""

MAX_SIZE: Final = 4096
"""Bytes that a browser keeps of name and value together (RFC 10025, section 5.6)."""

MAX_ATTRIBUTE_SIZE: Final = 1024
"""Bytes above which a browser ignores an attribute's value (RFC 10025, section 5.6)."""

MAX_LIFETIME: Final = 400 * DAY
"""Seconds after which a browser forgets any cookie (RFC 10025, section 5.5)."""

# RFC 10025, section 4.1.1: cookie-octet, without "%", which starts an escape.
_COOKIE_OCTETS: Final = "!#$&'()*+-./:<=>?@[]^_`{|}~"
# Printable ASCII that is none of these. "%" comes first: it starts the others' escapes.
_ESCAPES: Final = [(character, f"%{ord(character):02X}") for character in '% ",;\\']
# RFC 9110, section 5.6.2: token.
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# Names that parsers of the Cookie header, http.cookies among them, take for attributes.
_RESERVED_NAMES: Final = {
    "comment",
    "domain",
    "expires",
    "httponly",
    "max-age",
    "partitioned",
    "path",
    "samesite",
    "secure",
    "version",
}
# RFC 10025, section 4.1.1: domain-value is a host name as in RFC 1123, section 2.1.
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")

Value = TypeVar("Value", bound=str | BaseModel)


@dataclass(frozen=True)
class Cookie(Generic[Value]):
    """One cookie of this app.

    Attributes:
        name: its name, a token (RFC 9110, section 5.6.2).
        holds: `str`, or the Pydantic model that it holds as JSON.
        purpose: what it is for, in words for a privacy page.
        max_age: its lifetime in seconds, 400 days at most; None lets it end with the
            browser's session.
        path, domain, secure, httponly, samesite, partitioned: its attributes (RFC 10025,
            section 4.1.2; CHIPS), named as in `Response.set_cookie`.

    Raises:
        ValueError: no browser would keep such a cookie; the message says what to change.
        TypeError: `holds` is neither `str` nor a Pydantic model.
    """

    name: str
    holds: type[Value]
    purpose: str = field(kw_only=True)
    max_age: int | None = field(kw_only=True, default=None)
    path: str = field(kw_only=True, default="/")
    domain: str | None = field(kw_only=True, default=None)
    secure: bool = field(kw_only=True, default=True)
    httponly: bool = field(kw_only=True, default=True)
    samesite: Literal["lax", "strict", "none"] = field(kw_only=True, default="lax")
    partitioned: bool = field(kw_only=True, default=False)

    read: Callable[..., Awaitable[Value | None]] = field(init=False, repr=False, compare=False)
    """The dependency that reads it: `Annotated[Model | None, Depends(COOKIE.read)]`.

    It is None where the client sent none, or one that cannot be read. Of two cookies of one
    name, which a browser can hold for two paths, it is the one that the browser sent last.
    """
    attributes: str = field(init=False, repr=False, compare=False)
    """Its attributes as they stand in Set-Cookie, after name and value."""
    _deletion: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self)
        attributes = _render_attributes(self, max_age=self.max_age)
        deletion = f"{self.name}=;{_render_attributes(self, max_age=0)}"
        # A frozen dataclass computes its derived fields this way.
        object.__setattr__(self, "attributes", attributes)
        object.__setattr__(self, "_deletion", deletion.encode("ascii"))
        object.__setattr__(self, "read", _reader(self))
        DECLARED[self.name, self.path] = self

    def set(self, response: Response, value: Value) -> None:
        """Set this cookie on `response`.

        Raises:
            TypeError: `value` is not of this cookie's type.
            ValueError: name and value take more than 4096 bytes, the value holds half of a
                surrogate pair, which has no UTF-8, or a model would not read back the same.
        """
        header = f"{self.name}={self.encode(value)};{self.attributes}"
        response.raw_headers.append((b"set-cookie", header.encode("ascii")))

    def delete(self, response: Response) -> None:
        """Make the browser drop this cookie.

        Sends the attributes it was set with: without its path, its domain, or what its
        name's prefix requires, a browser keeps the cookie (RFC 10025, section 4.1.3).
        """
        response.raw_headers.append((b"set-cookie", self._deletion))

    def encode(self, value: Value) -> str:
        """Return `value` as it travels: UTF-8, percent-encoded.

        A page reads it with `decodeURIComponent`, and a model then with `JSON.parse`.
        Raises what `set` raises.
        """
        # No subclass of a model: fields that the declared one does not have would travel, too.
        if not isinstance(value, self.holds) or (
            isinstance(value, BaseModel) and type(value) is not self.holds
        ):
            raise TypeError(
                f"Cookie {self.name!r} holds {self.holds.__name__}, not {type(value).__name__}."
            )
        text = value if isinstance(value, str) else self._dump(value)
        try:
            encoded = _percent_encode(text)
        except UnicodeEncodeError:
            # From None, because the original message shows the value.
            raise ValueError(
                f"Cookie {self.name!r} cannot hold half of a surrogate pair; "
                "set text that has a UTF-8 form."
            ) from None
        size = len(self.name) + len(encoded)
        if size > MAX_SIZE:
            raise ValueError(
                f"Cookie {self.name!r} would take {size} bytes with its value, and browsers "
                f"drop more than {MAX_SIZE}; store the data on the server and set its key."
            )
        return encoded

    def decode(self, raw: str) -> Value | None:
        """Return what `raw`, a value that a client sent, holds; None if it cannot be read."""
        try:
            text = unquote(raw, errors="strict")
            if issubclass(self.holds, BaseModel):
                return self.holds.model_validate_json(text)
            return cast("Value", text)
        except Exception:  # A model's validators can raise anything.
            return None

    def _dump(self, model: BaseModel) -> str:
        """Return `model` as JSON that reads back as the same model."""
        try:
            # Warnings would show the value.
            json = model.model_dump_json(by_alias=True, warnings=False)
            same = type(model).model_validate_json(json) == model
        except Exception:
            same = False
        if not same:
            raise ValueError(
                f"Cookie {self.name!r} would not read back as the {self.holds.__name__} that was "
                "set; make its fields valid, and its aliases and serializers fit its validators."
            )
        return json


def _percent_encode(text: str) -> str:
    # Most values are printable ASCII, where these are all that needs an escape. quote, which
    # looks at each byte, takes eight times as long.
    if text.isascii() and text.isprintable():
        for character, escape in _ESCAPES:
            text = text.replace(character, escape)
        return text
    return quote(text, safe=_COOKIE_OCTETS)


DECLARED: Final[dict[tuple[str, str], Cookie[Any]]] = {}
"""Every cookie declared so far, by name and path."""


def set_cookie_header(*cookies: Cookie[Any]) -> dict[str, dict[str, Any]]:
    """Return the OpenAPI header object of a response that may set `cookies`.

    For `responses={200: {"headers": set_cookie_header(...)}}`.
    """
    lines = [f"`{cookie.name}=…;{cookie.attributes}`: {cookie.purpose}" for cookie in cookies]
    return {"Set-Cookie": {"description": "\n\n".join(lines), "schema": {"type": "string"}}}


def _reader(cookie: Cookie[Value]) -> Callable[..., Awaitable[Value | None]]:
    header = fastapi.Cookie(alias=cookie.name, description=cookie.purpose)

    async def read(value: Annotated[str | None, header] = None) -> Value | None:
        return None if value is None else cookie.decode(value)

    return read


def _render_attributes(cookie: Cookie[Any], *, max_age: int | None) -> str:
    # Alphabetical, as Starlette's set_cookie sends them.
    attributes = [
        f" Domain={cookie.domain}" if cookie.domain is not None else "",
        " expires=Thu, 01 Jan 1970 00:00:00 GMT" if max_age == 0 else "",
        " HttpOnly" if cookie.httponly else "",
        f" Max-Age={max_age}" if max_age is not None else "",
        " Partitioned" if cookie.partitioned else "",
        f" Path={cookie.path}",
        f" SameSite={cookie.samesite}",
        " Secure" if cookie.secure else "",
    ]
    return ";".join(filter(None, attributes))


def _check(cookie: Cookie[Any]) -> None:
    """Refuse, with one sentence that says what to change, what no browser would keep."""

    def refuse(broken: bool, sentence: str) -> None:
        if broken:
            raise ValueError(f"Cookie {cookie.name!r}: {sentence}")

    name, path, domain, max_age = cookie.name, cookie.path, cookie.domain, cookie.max_age
    prefix = name.lower()  # Browsers compare prefixes without case (RFC 10025, section 5.4).

    refuse(
        not _TOKEN.fullmatch(name),
        "a name takes letters, digits and !#$%&'*+-.^_`|~ only (RFC 9110, section 5.6.2).",
    )
    refuse(len(name) > MAX_SIZE, f"browsers drop a name of more than {MAX_SIZE} bytes; shorten it.")
    refuse(
        prefix in _RESERVED_NAMES or name.startswith("$"),
        "this name is reserved, because parsers take it for an attribute; choose another.",
    )
    refuse(not cookie.purpose.strip(), "say in `purpose` what it is for.")
    refuse(
        prefix.startswith(("__secure-", "__host-", "__http-")) and not cookie.secure,
        "its prefix requires secure=True.",
    )
    refuse(
        prefix.startswith("__host-") and (path != "/" or domain is not None),
        "the prefix __Host- requires path='/' and no domain.",
    )
    refuse(
        prefix.startswith(("__http-", "__host-http-")) and not cookie.httponly,
        "its prefix requires httponly=True.",
    )
    refuse(
        cookie.samesite not in ("lax", "strict", "none"),
        "samesite is 'lax', 'strict' or 'none'.",
    )
    refuse(cookie.samesite == "none" and not cookie.secure, "samesite='none' requires secure=True.")
    refuse(cookie.partitioned and not cookie.secure, "partitioned=True requires secure=True.")
    refuse(
        max_age is not None and (type(max_age) is not int or max_age <= 0),
        "max_age is a whole number of seconds above 0; to end a cookie, delete it.",
    )
    refuse(
        max_age is not None and max_age > MAX_LIFETIME,
        f"browsers keep no cookie longer than 400 days; set max_age to {MAX_LIFETIME} or less.",
    )
    refuse(not path.startswith("/"), "path starts with '/'.")
    for attribute, value in (("path", path), ("domain", domain or "")):
        refuse(
            not re.fullmatch(r"[ -:<-~]*", value) or value != value.strip(),
            f"{attribute} takes printable ASCII without ';' and no space around it.",
        )
        refuse(
            len(value) > MAX_ATTRIBUTE_SIZE,
            f"browsers ignore a {attribute} of more than {MAX_ATTRIBUTE_SIZE} bytes; shorten it.",
        )
    refuse(
        domain is not None and not _is_host_name(domain),
        "domain is a host name such as 'example.com', without a dot in front or a port.",
    )
    refuse(
        (name, path) in DECLARED,
        f"it is declared twice for the path {path!r}; use the first declaration.",
    )
    holds: object = cookie.holds
    if holds is not str and not (isinstance(holds, type) and issubclass(holds, BaseModel)):
        raise TypeError(f"Cookie {name!r} holds str or a Pydantic model, not {cookie.holds!r}.")


def _is_host_name(text: str) -> bool:
    # URL Standard, "ends in a number".
    is_address = re.fullmatch(r"\d+|0[Xx][0-9A-Fa-f]*", text.split(".")[-1]) is not None
    return len(text) <= 253 and not is_address and _HOST_NAME.fullmatch(text) is not None
