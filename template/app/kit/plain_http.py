"""Cookies for development over plain HTTP, where browsers keep no Secure ones (but localhost's).

With `COOKIES_OVER_HTTP=true`, `Secure` goes off on the way out, with what requires it:
`Partitioned`, `SameSite=none` and a prefix of the name, which comes back on the way in.
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.request import Header, Shared

# Hides a prefix, which browsers would accept with Secure only (RFC 10025, section 4.1.3).
_COVER = b"over-http-"
_PREFIXED = re.compile(rb"^(?=__(?:secure|host|http)-)", re.IGNORECASE)
_COVERED = re.compile(rb"(^|; ?)" + _COVER + rb"(?=__)")
_NEEDS_HTTPS = re.compile(rb"; *(?:secure|partitioned)(?=;|$)", re.IGNORECASE)
_SAMESITE_NONE = re.compile(rb"; *samesite=none(?=;|$)", re.IGNORECASE)


def with_cookies_over_http(app: ASGIApp) -> ASGIApp:
    """Read what a browser keeps over plain HTTP, since `weaken` let it. For development only."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = [
            (name, _COVERED.sub(rb"\1", value) if name == b"cookie" else value)
            for name, value in scope["headers"]
        ]
        await app(scope, receive, send)

    return layer


def weaken(_: Shared, __: int, headers: list[Header]) -> list[Header]:
    """Let a browser keep this app's cookies over plain HTTP. For development only."""

    def weaker(set_cookie: bytes) -> bytes:
        unmarked = _SAMESITE_NONE.sub(b"; SameSite=lax", _NEEDS_HTTPS.sub(b"", set_cookie))
        return _PREFIXED.sub(_COVER, unmarked)

    return [(name, weaker(value) if name == b"set-cookie" else value) for name, value in headers]
