"""What the layers around an app and the dependencies inside it share during a request."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property

from fastapi import FastAPI, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY = "app.kit"  # in the ASGI scope, of which a middleware may pass on a copy
_STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}
Header = tuple[bytes, bytes]


class TemporalResponse(Response):
    """Remembers each header that was ever set on it, so that a copy of it is known for one.

    To change or delete a header one asks for `headers`: what is there is noted before that.
    """

    @property
    def headers(self) -> MutableHeaders:
        self.seen.update((id(header), header) for header in self.raw_headers)
        return super().headers

    @cached_property
    def seen(self) -> dict[int, Header]:
        return {}


@dataclass
class Shared:
    """Belongs to one request, or to one WebSocket."""

    app: FastAPI  # that `protect` was called on; inside a mounted app, the one around it
    scope: Scope = field(default_factory=dict)  # as it came; what is mounted changes it
    temporal_responses: list[TemporalResponse] = field(default_factory=list)
    said: list[tuple[Response, Header]] = field(default_factory=list)  # by `Cookie`, in order
    delivered: list[Header] | None = None  # the headers that left your routes
    sent: list[Header] | None = None  # those that left your middleware
    reads_cookies: bool = False
    is_personal: bool = False


def shared(scope: Scope) -> Shared:
    """Return what is shared during the request of this ASGI scope."""
    if not isinstance(found := scope.get(KEY), Shared):
        raise RuntimeError("Call protect(app, settings) right after FastAPI(...).")
    return found


@dataclass
class Sending:
    """A response that a layer waits for."""

    shared: Shared
    has_started: bool = False


SENDING: ContextVar[Sending | None] = ContextVar("sending", default=None)  # by the nearest layer
Change = Callable[[Shared, int, list[Header]], list[Header]]
"""Returns a response's headers anew, given its status, 101 where a handshake is accepted."""


def with_headers(app: ASGIApp, *changes: Change) -> ASGIApp:
    """Return `app` with a layer around it that changes the headers of every response."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        state = shared(scope)
        token = SENDING.set(sending := Sending(state))

        async def send_changed(message: Message) -> None:
            if message["type"] in _STARTS:
                headers = list(message.get("headers", ()))
                for change in changes:
                    headers = change(state, message.get("status", 101), headers)
                message["headers"] = headers
                sending.has_started = True
            await send(message)

        try:
            await app(scope, receive, send_changed)
        finally:
            SENDING.reset(token)

    return layer
