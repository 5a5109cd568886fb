"""How an app starts, and what it says when it was not protected."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Response, WebSocket
from starlette.types import Message

from app.kit import Cookie, KitSettings, protect
from app.kit.header_limit import with_header_limit
from tests.kit.browser import Browser


def test_without_it_a_cookie_that_is_read_says_what_to_call(cookies: list[Cookie[str]]) -> None:
    bare = FastAPI()

    @bare.get("/read")
    async def read(value: Annotated[str | None, Depends(cookies[0].read)]) -> None: ...

    with pytest.raises(RuntimeError, match=r"protect\(app, settings\)"):
        Browser(bare).get("/read")


def test_a_failing_start_of_the_app_says_why() -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError("the store is away")
        yield

    app = FastAPI(lifespan=lifespan)
    protect(app, KitSettings())
    with pytest.raises(RuntimeError, match=r"^the store is away$"), Browser(app):
        pass


@pytest.mark.anyio
@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 431)])
async def test_headers_may_take_exactly_what_the_setting_says(size: int, status: int) -> None:
    layer = with_header_limit(Response(), 10)
    scope = {"type": "http", "method": "GET", "headers": [(b"a", b"x" * (size - 1))]}
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    await layer(scope, receive, send)
    assert sent[0]["status"] == status


@pytest.mark.parametrize(("scheme", "is_due"), [("wss", True), ("ws", False)])
def test_a_handshake_has_security_headers_too(app: FastAPI, scheme: str, is_due: bool) -> None:
    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    with Browser(app).websocket_connect(f"{scheme}://app.example/socket") as accepted:
        names = [name for name, _ in accepted.extra_headers or ()]
    assert (b"strict-transport-security" in names) == is_due
    assert b"x-content-type-options" in names
