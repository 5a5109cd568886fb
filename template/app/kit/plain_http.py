"""Cookies for development over plain HTTP.

Browsers keep Secure cookies from https:// only; Chrome and Firefox also from http://localhost.
With `COOKIES_OVER_HTTP=true`, `Secure` goes off on the way out, with what requires it:
`Partitioned`, `SameSite=none` and a prefix of the name, which comes back on the way in.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A browser takes a name that starts so with Secure only (RFC 10025, section 4.1.3). Behind this
# it takes it for any other.
_COVER = b"over-http-"
_PREFIXED = re.compile(rb"^(?=__(?:secure|host|http)-)", re.IGNORECASE)
_COVERED = re.compile(rb"(^|; ?)" + _COVER + rb"(?=__)")
_NEEDS_HTTPS = re.compile(rb"; *(?:secure|partitioned)(?=;|$)", re.IGNORECASE)
_SAMESITE_NONE = re.compile(rb"; *samesite=none(?=;|$)", re.IGNORECASE)


class CookiesOverHTTP:
    """Let a browser keep this app's cookies over plain HTTP. For development only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = [
            (name, _COVERED.sub(rb"\1", value) if name == b"cookie" else value)
            for name, value in scope["headers"]
        ]

        async def weaken(message: Message) -> None:
            if "headers" in message:
                message["headers"] = [
                    (name, _weaken(value) if name == b"set-cookie" else value)
                    for name, value in message["headers"]
                ]
            await send(message)

        await self.app(scope, receive, weaken)


def _weaken(set_cookie: bytes) -> bytes:
    weaker = _SAMESITE_NONE.sub(b"; SameSite=lax", _NEEDS_HTTPS.sub(b"", set_cookie))
    return _PREFIXED.sub(_COVER, weaker)
