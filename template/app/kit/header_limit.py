"""Request headers over the limit are refused with 431."""

from itertools import chain

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# Bytes. FastAPI parses Accept with email.message, in quadratic time; browsers send 200.
_LONGEST_ACCEPT = 999


def with_header_limit(app: ASGIApp, limit: int) -> ASGIApp:
    """Answer 431 to more than `limit` bytes of headers.

    Servers have very different limits, and some have none. An overlong Accept header is
    removed.
    """
    detail = f"The headers, cookies among them, take more than {limit} bytes."
    refusal = JSONResponse({"detail": detail}, status_code=431)  # of handshakes, too

    async def header_limit(scope: Scope, receive: Receive, send: Send) -> None:
        names_and_values = chain.from_iterable(scope["headers"])
        size = sum(map(len, names_and_values))
        if size > limit:
            await refusal(scope, receive, send)
            return
        if size > _LONGEST_ACCEPT:
            scope["headers"] = [
                (name, value)
                for name, value in scope["headers"]
                if name != b"accept" or len(value) <= _LONGEST_ACCEPT
            ]
        await app(scope, receive, send)

    return header_limit
