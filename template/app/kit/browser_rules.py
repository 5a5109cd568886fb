"""What a declaration must hold to, or browsers would drop the cookie without a word.

RFC 10025 is the standard; CHIPS adds `Partitioned`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

DAY = 24 * 60 * 60  # seconds
MAX_LIFETIME = 400 * DAY  # RFC 10025, section 5.5
MAX_SIZE = 4096  # bytes of name and value together (section 5.6)
MAX_PATH = 1024  # bytes (section 5.6)

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, section 5.6.2
# Parsers of the Cookie header, http.cookies among them, take these for attributes.
_RESERVED = re.compile(
    r"comment|domain|expires|httponly|max-age|partitioned|path|samesite|secure|version"
    r"|\$.*"
)
_PATH = re.compile(r"/[ -:<-~]*(?<! )")
# A host name of two labels or more (RFC 1123, section 2.1): browsers drop a cookie for
# all of example. One that ends in a number is an IP address (URL Standard).
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = r"(.*\.)?(\d+|0[Xx][0-9A-Fa-f]*)$"
_HOST_NAME = re.compile(rf"(?!{_ADDRESS}){_LABEL}(\.{_LABEL})+")


class Place(NamedTuple):
    """Where a browser keeps a cookie: one of each name in each place.

    That is RFC 10025, section 5.7, and CHIPS.
    """

    path: str = "/"
    domain: str | None = None  # None: the host that sets it
    partitioned: bool = False


def wrong_name(name: str) -> Iterator[str]:
    """Yield what to change in the name of a cookie."""
    if not _TOKEN.fullmatch(name):
        yield (
            "a name takes letters, digits and !#$%&'*+-.^_`|~ only "
            "(RFC 9110, section 5.6.2)."
        )
    if len(name) > MAX_SIZE:
        yield f"browsers drop a name of more than {MAX_SIZE} bytes; shorten it."
    if _RESERVED.fullmatch(name.lower()):
        yield (
            "this name is reserved, because parsers take it for an attribute; "
            "choose another."
        )


def wrong_for_prefix(
    name: str, place: Place, *, secure: bool, httponly: bool
) -> Iterator[str]:
    """Yield what to change where the prefix of a name requires it (section 4.1.3)."""
    prefix = name.lower()  # Browsers compare without case (section 5.4).
    if prefix.startswith(("__secure-", "__host-", "__http-")) and not secure:
        yield "its prefix requires secure=True."
    if prefix.startswith("__host-") and (place.path, place.domain) != ("/", None):
        yield "the prefix __Host- requires path='/' and no domain."
    if prefix.startswith(("__http-", "__host-http-")) and not httponly:
        yield "its prefix requires httponly=True."


def wrong_samesite(samesite: str, *, partitioned: bool, secure: bool) -> Iterator[str]:
    """Yield what to change in what says on which sites a browser sends the cookie."""
    if samesite not in ("lax", "strict", "none"):
        yield "samesite is 'lax', 'strict' or 'none'."
    if not secure and (samesite == "none" or partitioned):
        yield "samesite='none' and partitioned=True require secure=True."


def wrong_lifetime(max_age: object) -> Iterator[str]:
    """Yield what to change in `max_age`."""
    # A bool is an int, too.
    if type(max_age) is int and 0 < max_age <= MAX_LIFETIME:
        return
    if max_age is not None:
        yield (
            f"max_age takes 1 to {MAX_LIFETIME} seconds (400 days); "
            "to end a cookie, delete it."
        )


def wrong_place(place: Place) -> Iterator[str]:
    """Yield what to change in a path or a domain."""
    if not _PATH.fullmatch(place.path):
        yield (
            "path starts with '/', takes printable ASCII without ';', "
            "and ends in no space."
        )
    if len(place.path) > MAX_PATH:
        yield f"browsers ignore a path over {MAX_PATH} bytes; shorten it."
    if place.domain is None:
        return
    if len(place.domain) > 253 or not _HOST_NAME.fullmatch(place.domain):
        yield (
            "domain is a host name such as 'example.com', "
            "without a dot in front or a port."
        )
