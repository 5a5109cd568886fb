"""What the layers around an app and the dependencies inside it share during a request."""

from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass, field

from fastapi import FastAPI, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY = "app.kit"  # in the ASGI scope, of which a middleware may pass on a copy
STARTED: ContextVar[Collection[Message]] = ContextVar("started", default=())  # once it is sent
_STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}


@dataclass
class Shared:
    """Belongs to one request, or to one WebSocket."""

    app: FastAPI  # that `protect` was called on; inside a mounted app, the one around it
    scope: Scope = field(default_factory=dict)  # as it came; what is mounted changes it
    temporal_responses: list[Response] = field(default_factory=list)
    reads_cookies: bool = False
    is_personal: bool = False


def shared(scope: Scope) -> Shared:
    """Return what is shared during the request of this ASGI scope."""
    if not isinstance(found := scope.get(KEY), Shared):
        raise RuntimeError("Call protect(app, settings) right after FastAPI(...).")
    return found


Header = tuple[bytes, bytes]
Change = Callable[[Shared, int, list[Header]], list[Header]]
"""Returns a response's headers anew, given its status, 101 where a handshake is accepted."""


def with_headers(app: ASGIApp, *changes: Change) -> ASGIApp:
    """Return `app` with a layer around it that changes the headers of every response."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        token = STARTED.set(started := [])

        async def send_changed(message: Message) -> None:
            if message["type"] in _STARTS:
                headers = list(message.get("headers", ()))
                for change in changes:
                    headers = change(shared(scope), message.get("status", 101), headers)
                message["headers"] = headers
                started.append(message)
            await send(message)

        try:
            await app(scope, receive, send_changed)
        finally:
            STARTED.reset(token)

    return layer
