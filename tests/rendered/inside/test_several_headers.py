"""A request may carry a header several times: HTTP/2 splits Cookie (RFC 9113, section 8.2.3)."""

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.requests import HTTPConnection
from starlette.testclient import WebSocketDenialResponse

from app.kit import Cookie, KitSettings, cookie_inventory, protect
from app.kit.request import KEY, Shared
from tests.kit.browser import Browser

Cookies = list[Cookie[str]]


def split(app: FastAPI, *headers: bytes) -> HTTPConnection:
    """Return a request with so many Cookie headers, as a server passes it on."""
    raw = [(b"cookie", header) for header in headers]
    return HTTPConnection({"type": "http", "headers": raw, KEY: Shared(app)})


@pytest.mark.anyio
async def test_all_headers_with_cookies_are_read(app: FastAPI, cookies: Cookies) -> None:
    connection = split(app, b"first=1", b"other=x; second=2", b"third=3")
    assert [await each.read(connection) for each in cookies] == ["1", "2", "3"]
    assert [each.is_here for each in cookie_inventory(connection)] == [True] * 3


@pytest.mark.anyio
async def test_of_two_cookies_of_a_name_in_two_headers_none_counts(
    app: FastAPI, cookies: Cookies
) -> None:
    connection = split(app, b"first=1; second=2", b"first=evil", b"third=3")
    assert [await each.read(connection) for each in cookies] == [None, "2", "3"]


@pytest.fixture
def strict() -> FastAPI:
    app = FastAPI()
    protect(app, KitSettings(max_header_size=1000))

    @app.get("/")
    async def read() -> None: ...

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    return app


def headers(size: int) -> dict[str, str]:
    """Return headers of `size` bytes, none of which has more than a hundred."""
    return {f"x-{number:02}": "x" * 96 for number in range(size // 100)}


def test_the_limit_is_of_all_headers_together(strict: FastAPI) -> None:
    browser = Browser(strict)
    assert browser.get("/", headers=headers(700)).status_code == 200
    assert browser.get("/", headers=headers(1000)).status_code == 431


def test_the_limit_holds_for_handshakes(strict: FastAPI) -> None:
    browser = Browser(strict)
    with browser.websocket_connect("/socket", headers=headers(600)):
        pass
    with pytest.raises(WebSocketDenialResponse) as refused:
        browser.websocket_connect("/socket", headers=headers(1000)).__enter__()
    assert refused.value.status_code == 431
