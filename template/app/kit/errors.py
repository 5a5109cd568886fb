"""FastAPI's own errors never repeat what the client sent, such as cookies.

FastAPI's 422 repeats the input: for a `Cookie()` or `Header()` parameter, every cookie,
HttpOnly ones included. The close reason of a WebSocket and the traceback of a
ValidationError do the same. The error messages that you write are up to you: keep the
values of cookies out of them.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, WebSocket, status
from fastapi.exceptions import RequestValidationError, ValidationException
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

# A 422 does not grow with what the client sent.
MAX_ERRORS = 100
MAX_DEPTH = 20  # parts of a location
MAX_LENGTH = 500  # characters of a message, or of a part of a location


async def refuse_handshake(websocket: WebSocket, _: Exception) -> None:
    """Close a WebSocket whose handshake failed validation."""
    await websocket.close(status.WS_1008_POLICY_VIOLATION, "Validation failed")


async def answer_422(_: Request, error: Exception) -> JSONResponse:
    """Answer failed validation without the input that failed."""
    assert isinstance(error, RequestValidationError)
    details = [_without_input(detail) for detail in error.errors()[:MAX_ERRORS]]
    return JSONResponse({"detail": details}, status.HTTP_422_UNPROCESSABLE_CONTENT)


def _without_input(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a client may see of an error: its type, its location, its message."""
    kind = str(detail.get("type"))
    message = str(detail.get("msg"))
    location = [
        part if isinstance(part, int) else str(part)[:MAX_LENGTH]
        for part in detail.get("loc", ())
    ]
    if location[:1] in (["cookie"], ["header"]):
        # Some messages quote the input: those about union tags, and those of an owner's
        # validators. So does a location, in the parts after the name of the parameter.
        message = "Field required" if kind == "missing" else "Input is not valid"
        location = location[:2]
    return {"type": kind, "loc": location[:MAX_DEPTH], "msg": message[:MAX_LENGTH]}


class InputWithheldError(Exception):
    """Takes the place of an unhandled error whose traceback would repeat the input.

    It says what failed and where.
    """


def with_input_withheld(app: ASGIApp) -> ASGIApp:
    """Raise `InputWithheldError` in place of errors that failed validation caused."""

    async def input_withheld(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            withheld = _withheld(error)
            if withheld is None:
                raise
            raise withheld from None

    return input_withheld


def _withheld(error: Exception) -> InputWithheldError | None:
    """Return what to raise in place of `error`; None if it shows no input."""
    for link in _chain(error):
        if isinstance(link, ValidationException | ValidationError):
            details = [_without_input(each) for each in link.errors()[:MAX_ERRORS]]
            found = [f"{each['type']} at {tuple(each['loc'])}" for each in details]
            name = type(error).__name__
            message = f"{name}, without its input: {', '.join(found)}"
            return InputWithheldError(message).with_traceback(error.__traceback__)
    return None


def _chain(error: BaseException) -> list[BaseException]:
    """Return `error` and all errors that its traceback shows, each once."""
    found: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop(0)
        if link is None or id(link) in found:
            continue
        found[id(link)] = link
        waiting.append(link.__cause__)
        if not link.__suppress_context__:
            waiting.append(link.__context__)
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
    return [*found.values()]
