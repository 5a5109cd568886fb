"""FastAPI's own errors never echo what the client sent, cookies among it.

FastAPI's 422 repeats the input, for a `Cookie()` or `Header()` parameter every cookie, the HttpOnly
ones included. So do a WebSocket's close reason and a ValidationError's traceback in the log. What
you write into an error message of your own is yours: keep cookies' values out of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import Request, WebSocket, exceptions, status
from fastapi.responses import JSONResponse
from pydantic import ValidationError

# Of errors, parts of a location and characters: a 422 does not grow with what the client sent.
MAX_ERRORS, MAX_DEPTH, MAX_LENGTH = 100, 20, 500


async def refuse_handshake(websocket: WebSocket, _: Exception) -> None:
    """Close a WebSocket whose handshake failed validation."""
    await websocket.close(code=status.WS_1008_POLICY_VIOLATION, reason="Validation failed")


async def answer_422(_: Request, error: Exception) -> JSONResponse:
    """Answer failed validation without the input that failed."""
    assert isinstance(error, exceptions.RequestValidationError)
    details = [_without_input(detail) for detail in error.errors()[:MAX_ERRORS]]
    return JSONResponse({"detail": details}, status.HTTP_422_UNPROCESSABLE_CONTENT)


def _without_input(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a client may see of an error: its type, its location and its message."""
    kind, message, parts = str(detail.get("type")), str(detail.get("msg")), detail.get("loc", ())
    location = [part if isinstance(part, int) else str(part)[:MAX_LENGTH] for part in parts]
    if location[:1] in (["cookie"], ["header"]):
        # The messages of union tags and of validators of one's own quote the input, and what
        # follows the name of the parameter comes from inside it.
        message = "Field required" if kind == "missing" else "Input is not valid"
        location = location[:2]
    return {"type": kind, "loc": location[:MAX_DEPTH], "msg": message[:MAX_LENGTH]}


class InputWithheldError(Exception):
    """Says in the log what failed and where, for an unhandled error that repeats the input."""


@contextmanager
def input_withheld() -> Iterator[None]:
    """Raise `InputWithheldError` in place of an error that is, or comes from, failed validation."""
    try:
        yield
    except Exception as error:
        for link in _chain(error):
            if isinstance(link, exceptions.ValidationException | ValidationError):
                details = map(_without_input, link.errors()[:MAX_ERRORS])
                found = ", ".join(f"{each['type']} at {tuple(each['loc'])}" for each in details)
                sentence = f"{type(error).__name__}, without its input: {found}"
                raise InputWithheldError(sentence).with_traceback(error.__traceback__) from None
        raise


def _chain(error: BaseException) -> list[BaseException]:
    """Return `error` and all that a traceback shows with it, each once."""
    found: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    for link in waiting:  # which grows meanwhile
        if link is not None and id(link) not in found:
            found[id(link)] = link
            waiting += [link.__cause__, None if link.__suppress_context__ else link.__context__]
            waiting += link.exceptions if isinstance(link, BaseExceptionGroup) else ()
    return [*found.values()]
