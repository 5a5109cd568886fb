"""A request body over the limit is refused with 413."""

from fastapi import HTTPException
from fastapi.requests import HTTPConnection
from starlette.middleware.body_limit import (
    MAX_BODY_SIZE_SCOPE_KEY,
    RequestBodyLimitMiddleware,
)
from starlette.types import ASGIApp, Receive, Scope, Send

_HAVE_A_BODY = {b"content-length", b"transfer-encoding"}


def with_body_limit(app: ASGIApp, limit: int) -> ASGIApp:
    """Allow bodies of `limit` bytes, or of the `max_body_size` of a route or a router.

    FastAPI's own `max_body_size` would cost as much for requests without a body.
    """
    limited = RequestBodyLimitMiddleware(app, limit)

    async def body_limit(scope: Scope, receive: Receive, send: Send) -> None:
        if can_have_body(scope):
            await limited(scope, receive, send)
        else:
            await app(scope, receive, send)

    return body_limit


def can_have_body(scope: Scope) -> bool:
    """Return whether a body may follow these headers (RFC 9112, section 6.3)."""
    # HTTP/2 marks the end of a request without any header.
    if scope.get("http_version") not in {"1.0", "1.1"}:
        return True
    return not _HAVE_A_BODY.isdisjoint(dict(scope["headers"]))


def refuse_declared_body(connection: HTTPConnection) -> None:
    """Raise 413 if the declared length is over the limit of the route.

    FastAPI alone would run a path operation that reads no body, and answer 413 after.
    """
    limit = connection.scope.get(MAX_BODY_SIZE_SCOPE_KEY)
    if limit is None:
        return
    declared = connection.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise HTTPException(413, "Content Too Large")
