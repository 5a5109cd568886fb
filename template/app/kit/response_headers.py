"""How a layer changes the headers of every response."""

from collections.abc import Callable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.request import SENDING, Header, Sending, Shared, shared

Change = Callable[[Shared, int, list[Header]], list[Header]]
"""Returns new headers for a response, given its status and the headers so far.

The status is 101 where a WebSocket handshake is accepted.
"""

_STARTS = {
    "http.response.start",
    "websocket.accept",
    "websocket.http.response.start",
}


def with_response_headers(app: ASGIApp, changes: Sequence[Change]) -> ASGIApp:
    """Return `app` with a layer around it that makes these changes, in this order."""

    async def response_headers(scope: Scope, receive: Receive, send: Send) -> None:
        await send_with_changes(changes, app, scope, receive, send)

    return response_headers


async def send_with_changes(
    changes: Sequence[Change], app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Call `app`, and change the headers of the response that it sends."""
    state = shared(scope)
    sending = Sending(state)

    async def send_changed(message: Message) -> None:
        if message["type"] in _STARTS:
            status = message.get("status", 101)
            headers = list(message.get("headers", ()))
            for change in changes:
                headers = change(state, status, headers)
            message["headers"] = headers
            sending.has_started = True
        await send(message)

    token = SENDING.set(sending)
    try:
        await app(scope, receive, send_changed)
    finally:
        SENDING.reset(token)


def lower_case_names(_: Shared, __: int, headers: list[Header]) -> list[Header]:
    """Write every name in lower case, as ASGI requires and later changes expect."""
    if all(map(bytes.islower, dict(headers))):
        return headers
    return [(name.lower(), value) for name, value in headers]
