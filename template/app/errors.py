"""Errors that never show a cookie's value, in a response or in a log.

FastAPI's 422 repeats the input, and for a `Cookie()` or `Header()` parameter that is every
cookie the client sent, the HttpOnly ones included. Tracebacks repeat input in the server's log.

What is looked for is a value as it travelled and as it reads decoded. A part of one, such as a
field of a model, or a value that code transformed, is not recognised: keep those out of messages.
"""

import re
import traceback
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI, Request, Response, WebSocket, status
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import (
    RequestValidationError,
    ValidationException,
    WebSocketRequestValidationError,
)
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.delivery import KEPT

WITHHELD = "withheld, because it holds a cookie's value"


def hide_cookie_values(app: FastAPI) -> None:
    """Answer errors without the input that failed, and without the value of a cookie."""
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(RequestValidationError, _answer_422)
    app.add_exception_handler(WebSocketRequestValidationError, _refuse_handshake)


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if _holds(str(error.detail), _cookie_values(request.scope)):
        error = HTTPException(error.status_code, WITHHELD, error.headers)
    return await http_exception_handler(request, error)


async def _answer_422(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    values = _cookie_values(request.scope)
    return JSONResponse(
        {"detail": [_without_input(detail, values) for detail in error.errors()]},
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT,
    )


async def _refuse_handshake(websocket: WebSocket, error: Exception) -> None:
    # FastAPI's own handler puts the errors, and so the cookies, into the close reason.
    await websocket.close(code=status.WS_1008_POLICY_VIOLATION, reason="Validation failed")


def _without_input(detail: Mapping[str, Any], values: set[str]) -> dict[str, Any]:
    """Return what a client may see of an error: its type, its location and its message."""
    kind, message = str(detail.get("type")), str(detail.get("msg"))
    location = [str(part) if isinstance(part, str) else part for part in detail.get("loc", ())]
    if location[:1] in (["cookie"], ["header"]):
        # The messages of union tags and of validators of one's own quote the input, and what
        # follows the name of the parameter comes from inside it.
        message = "Field required" if kind == "missing" else "Input is not valid"
        location = location[:2]
    return {
        "type": WITHHELD if _holds(kind, values) else kind,
        "loc": [WITHHELD if _holds(str(part), values) else part for part in location],
        "msg": WITHHELD if _holds(message, values) else message,
    }


class MessageWithheldError(Exception):
    """Stands in for an unhandled error whose message would show a cookie's value."""


class CookieValueHiding:
    """Keep cookies' values out of the traceback that the server logs for an unhandled error.

    An error whose message holds the value of a cookie that the client sent or would have been
    sent, or that quotes the input that it failed on, is replaced by a `MessageWithheldError` with
    the same traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            if withheld := _withheld(error, _cookie_values(scope)):
                raise MessageWithheldError(withheld).with_traceback(error.__traceback__) from None
            raise


def _withheld(error: Exception, values: set[str]) -> str | None:
    """Return what to say in place of `error`'s message; None if it may be shown."""
    for link in _chain(error):
        name = type(link).__name__
        if isinstance(link, ValidationException | ValidationError):
            return f"{name}: {WITHHELD.replace('holds', 'may hold')}"
        shown = "".join(traceback.format_exception_only(link)) + repr(link)
        if _holds(shown, values):
            return f"{name}: {WITHHELD}"
    return None


def _cookie_values(scope: Scope) -> set[str]:
    """Return the values of the cookies that this request brought or was about to set."""
    values = set()
    for name, header in scope.get("headers", ()):
        if name == b"cookie":
            values |= {pair.partition("=")[2] for pair in header.decode("latin-1").split(";")}
    for response in scope.get(KEPT, ()):
        for header in response.headers.getlist("set-cookie"):
            values.add(header.partition(";")[0].partition("=")[2])
    values |= {unquote(value) for value in values}
    values |= {repr(value)[1:-1] for value in values}
    return values - {""}


def _holds(text: str, values: set[str]) -> bool:
    # A short value only as a whole word: "en", a locale, is part of many words and no secret.
    return any(
        value in text
        and (len(value) >= 8 or re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None)
        for value in values
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and all that a traceback shows with it, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, None if link.__suppress_context__ else link.__context__]
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
