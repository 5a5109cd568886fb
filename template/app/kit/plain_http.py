"""Cookies over plain HTTP, for development.

Browsers keep no Secure cookies over plain HTTP, except for localhost. So with
`COOKIES_OVER_HTTP=true`, cookies are sent without `Secure` and without what requires
it: `Partitioned`, `SameSite=none` and a prefix of the name. The prefix is put back on
the way in.
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.request import Header, Shared

# Hides a prefix that browsers accept with Secure only (RFC 10025, section 4.1.3).
_COVER = b"over-http-"
_PREFIXED = re.compile(rb"^(?=__(?:secure|host|http)-)", re.IGNORECASE)
_COVERED = re.compile(rb"(^|; ?)" + _COVER + rb"(?=__)")
_NEEDS_HTTPS = re.compile(rb"; *(?:secure|partitioned)(?=;|$)", re.IGNORECASE)
_SAMESITE_NONE = re.compile(rb"; *samesite=none(?=;|$)", re.IGNORECASE)


def with_cookies_over_http(app: ASGIApp) -> ASGIApp:
    """Read the cookies that `weaken_cookies` sent."""

    async def cookies_over_http(scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = [
            (name, _COVERED.sub(rb"\1", value) if name == b"cookie" else value)
            for name, value in scope["headers"]
        ]
        await app(scope, receive, send)

    return cookies_over_http


def weaken_cookies(_: Shared, __: int, headers: list[Header]) -> list[Header]:
    """Change cookies so that browsers keep them over plain HTTP."""
    return [
        (name, _weakened(value) if name == b"set-cookie" else value)
        for name, value in headers
    ]


def _weakened(set_cookie: bytes) -> bytes:
    without = _NEEDS_HTTPS.sub(b"", set_cookie)
    lax = _SAMESITE_NONE.sub(b"; SameSite=lax", without)
    return _PREFIXED.sub(_COVER, lax)
