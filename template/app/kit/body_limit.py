"""A body that is too large is refused before anything happens."""

from fastapi import HTTPException
from fastapi.requests import HTTPConnection
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY


def refuse_too_large_body(connection: HTTPConnection) -> None:
    """Raise 413 where the client declares a body over the route's limit.

    FastAPI alone runs a path operation that reads no body, and answers 413 afterwards.
    """
    declared = connection.headers.get("content-length", "")
    limit = connection.scope.get(MAX_BODY_SIZE_SCOPE_KEY)  # the nearest one: the route's own
    if limit is not None and declared.isdecimal() and int(declared) > limit:
        raise HTTPException(413, "Content Too Large")
