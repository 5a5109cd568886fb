"""What is set on the temporal response reaches the client, however the request ends.

FastAPI sends what a dependency or a path operation sets on the temporal `response: Response`
only when the path operation returns an object. When it returns a Response itself, raises
HTTPException, or when validation fails, FastAPI drops it. Here it arrives in each of these
cases. After an unhandled error nothing arrives: nothing happened, so nothing is set.
"""

from typing import Final

from fastapi import Response
from fastapi.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]

_KEPT: Final = "app.temporal_response"
_SET_COOKIE: Final = b"set-cookie"


async def keep_temporal_response(connection: HTTPConnection, response: Response) -> None:
    """Note the request's temporal response, for `TemporalResponseDelivery`.

    A dependency of the whole app: one request has one temporal response, which all its
    dependencies and its path operation share.
    """
    connection.scope[_KEPT].append(response)


class TemporalResponseDelivery:
    """Deliver the temporal response's cookies and headers with whatever response is sent.

    - The temporal response's cookies come first, in the order they were set. Of two that a
      browser takes for the same cookie, the last is sent (RFC 10025, section 4.1.1).
    - A header that the response sent has already is not added, apart from Vary, which adds up.
    - A response that sets a cookie carries `Cache-Control: no-store` unless it says otherwise,
      so that no shared cache gives one visitor's cookie to another.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        kept: list[Response] = []
        scope[_KEPT] = kept

        async def deliver(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept"}:
                temporal = [header for response in kept for header in response.raw_headers]
                message["headers"] = _merge(temporal, list(message.get("headers", ())))
            await send(message)

        await self.app(scope, receive, deliver)


def _merge(temporal: list[Header], sent: list[Header]) -> list[Header]:
    names = {name for name, _ in sent}
    headers = [header for header in sent if header[0] != _SET_COOKIE]
    for header in temporal:
        name = header[0]
        # FastAPI has copied the temporal headers already where an object was returned.
        if name != _SET_COOKIE and header not in sent and (name == b"vary" or name not in names):
            headers.append(header)
    cookies = [header for header in temporal + sent if header[0] == _SET_COOKIE]
    if cookies:
        headers += {_identity(value): (name, value) for name, value in cookies}.values()
        if not any(name == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"no-store"))
    return headers


def _identity(set_cookie: bytes) -> tuple[bytes, ...]:
    """Return what a browser tells cookies apart by: name, domain and path."""
    pair, *attributes = (part.strip() for part in set_cookie.split(b";"))
    scope = sorted(part for part in attributes if part.lower().startswith((b"domain=", b"path=")))
    return (pair.partition(b"=")[0], *scope)
