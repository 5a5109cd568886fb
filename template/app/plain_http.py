"""Cookies for development over plain HTTP.

Browsers accept Secure cookies from https:// only; Chrome and Firefox also from
http://localhost, Safari not even from there. With `COOKIES_OVER_HTTP=true` this middleware
takes `Secure` and the name's prefix off on the way out and puts the prefix back on the way in,
so the rest of the app does not notice. Settings refuse it in production.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# RFC 10025, section 4.1.3: names that a browser takes with Secure only start with two
# underscores. Without these no prefix is left, and adding them brings the name back.
_PREFIX: Final = re.compile(rb"^__(?=(?:secure|host|http)-)", re.IGNORECASE)
_TAKEN_OFF: Final = re.compile(rb"(^|; ?)(?=(?:secure|host|http)-[^=;]*=)", re.IGNORECASE)
_SECURE: Final = re.compile(rb"; *(?:secure|partitioned)(?=;|$)", re.IGNORECASE)


class CookiesOverHTTP:
    """Let a browser keep this app's cookies over plain HTTP. For development only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            scope["headers"] = [
                (name, _TAKEN_OFF.sub(rb"\1__", value) if name == b"cookie" else value)
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
    return _PREFIX.sub(b"", _SECURE.sub(b"", set_cookie))
