"""Over plain HTTP a browser keeps this app's cookies if development asks for it."""

import pytest
from fastapi import FastAPI, Request, Response, WebSocket

from app.kit import Cookie, KitSettings, protect
from tests.kit.browser import Browser, CookieRefusedError

LAN = "http://192.168.1.5:8000"


def with_prefixed_cookies(app: FastAPI) -> FastAPI:
    names = ("__Host-Http-a", "__secure-b", "__Http-c", "Host-Http-a", "host-d")
    cookies = [Cookie(name, str, purpose="Tested here.") for name in names]
    partitioned = Cookie("e", str, purpose="Tested here.", samesite="none", partitioned=True)

    @app.get("/set")
    async def set_them(response: Response) -> None:
        for cookie in [*cookies, partitioned]:
            cookie.set(response, "__Host-x=; Secure")
        response.headers["X-Unrelated"] = "__Host-a=1; Secure"

    @app.get("/read")
    async def read_them(request: Request) -> dict[str, str]:
        return request.cookies

    @app.get("/delete")
    async def delete_them(response: Response) -> None:
        for cookie in [*cookies, partitioned]:
            cookie.delete(response)

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(websocket.cookies)
        await websocket.close()

    return app


@pytest.fixture
def over_http() -> FastAPI:
    app = FastAPI()
    protect(app, KitSettings(fastapi_env="development", cookies_over_http=True))
    return with_prefixed_cookies(app)


def test_without_the_setting_a_browser_refuses_them(app: FastAPI) -> None:
    with pytest.raises(CookieRefusedError, match="Secure over plain HTTP"):
        Browser(with_prefixed_cookies(app), origin=LAN).get("/set")


def test_with_the_setting_cookies_make_the_round_trip(over_http: FastAPI) -> None:
    with Browser(over_http, origin=LAN) as browser:
        assert browser.get("/set").headers["x-unrelated"] == "__Host-a=1; Secure"
        sent = browser.get("/read")
        assert sent.request.headers["cookie"].startswith("over-http-__Host-Http-a=__Host-x=%3B%20")
        assert [*sent.json()] == [
            *("__Host-Http-a", "__secure-b", "__Http-c", "Host-Http-a", "host-d", "e")
        ]
        assert {*sent.json().values()} == {"__Host-x=%3B%20Secure"}
        browser.get("/delete")
        assert browser.stored == {}


def test_other_headers_stay_as_they_are(over_http: FastAPI) -> None:
    @over_http.get("/header")
    async def read_header(request: Request) -> str:
        return request.headers["x-unrelated"]

    headers = {"X-Unrelated": "over-http-__Host-a=1"}
    response = Browser(over_http, origin=LAN).get("/header", headers=headers)
    assert response.json() == "over-http-__Host-a=1"


def test_a_websocket_reads_them_too(over_http: FastAPI) -> None:
    headers = {"Cookie": "over-http-__Host-Http-a=1"}
    with (
        Browser(over_http, origin=LAN) as browser,
        browser.websocket_connect("/socket", headers=headers) as socket,
    ):
        assert socket.receive_json() == {"__Host-Http-a": "1"}
