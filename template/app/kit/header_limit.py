"""No request with endless headers: servers differ in what they take, and cookies are read whole."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def with_header_limit(app: ASGIApp, limit: int) -> ASGIApp:
    """Answer 431 to a request, or a handshake, with more than `limit` bytes of headers."""
    detail = f"The headers, cookies among them, take more than {limit} bytes."
    refusal = JSONResponse({"detail": detail}, status_code=431)

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        await (app if size <= limit else refusal)(scope, receive, send)

    return layer
