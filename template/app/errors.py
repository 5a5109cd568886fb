"""Errors that never show a cookie's value, in a response or in a log.

FastAPI's 422 repeats the input, and for a `Cookie()` or `Header()` parameter that is every
cookie the client sent, the HttpOnly ones included. Tracebacks repeat input in the server's log.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI, Request, WebSocket, status
from fastapi.exceptions import (
    RequestValidationError,
    ValidationException,
    WebSocketRequestValidationError,
)
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send


def hide_input(app: FastAPI) -> None:
    """Answer failed validation without the input that failed."""
    app.add_exception_handler(RequestValidationError, _answer_422)
    app.add_exception_handler(WebSocketRequestValidationError, _refuse_handshake)


async def _answer_422(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return JSONResponse(
        {"detail": [_without_input(detail) for detail in error.errors()]},
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT,
    )


async def _refuse_handshake(websocket: WebSocket, error: Exception) -> None:
    # FastAPI's own handler puts the errors, and so the cookies, into the close reason.
    await websocket.close(code=status.WS_1008_POLICY_VIOLATION, reason="Validation failed")


def _without_input(detail: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: detail[key] for key in ("type", "loc", "msg")}
    # Some messages quote the input: those of union tags and of validators of one's own.
    if kept["loc"][:1] in {("cookie",), ("header",)} and kept["type"] != "missing":
        kept["msg"] = "Input is not valid"
    return kept


class MessageWithheldError(Exception):
    """Stands in for an unhandled error whose message would show a cookie's value."""


class CookieValueHiding:
    """Keep cookies' values out of the traceback that the server logs for an unhandled error.

    An error whose message holds the value of a cookie that the client sent, or that quotes the
    input that it failed on, is replaced by a `MessageWithheldError` with the same traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            if withheld := _withheld(error, scope):
                raise MessageWithheldError(withheld).with_traceback(error.__traceback__) from None
            raise


def _withheld(error: Exception, scope: Scope) -> str | None:
    """Return what to say in place of `error`'s message; None if it may be shown."""
    sent = [value for value in HTTPConnection(scope).cookies.values() if value]
    values = {*sent, *map(unquote, sent)}
    for link in _chain(error):
        if isinstance(link, ValidationException | ValidationError):
            details = [_without_input(detail) for detail in link.errors()]
            return f"{type(link).__name__} (its input is withheld): {details}"
        if any(_holds(f"{link} {link!r}", value) for value in values):
            return f"{type(link).__name__} (its message is withheld: it holds a cookie's value)"
    return None


def _holds(message: str, value: str) -> bool:
    # Whole words only: "en", a locale, is a part of many words and in none of them a leak.
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", message) is not None


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
