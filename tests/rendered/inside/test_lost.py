"""A cookie that cannot arrive says so."""

import warnings
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any

import pytest
from fastapi import Cookie as CookieParameter
from fastapi import Depends, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.exceptions import WebSocketException
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from app.kit import Cookie, KitSettings, Place, protect
from tests.kit.browser import Browser

CallNext = Callable[[Request], Awaitable[Response]]


def sign(cookies: list[Cookie[str]]) -> Any:
    async def dependency(response: Response) -> None:
        cookies[0].set(response, "1")
        cookies[1].set(response, "1")

    return Depends(dependency)


async def replace(request: Request, call_next: CallNext) -> Response:
    await call_next(request)
    return JSONResponse({"envelope": True})


async def copy_as_a_dict(request: Request, call_next: CallNext) -> Response:
    old = await call_next(request)
    of_the_body = {"content-encoding", "content-length"}
    headers = {name: text for name, text in old.headers.items() if name not in of_the_body}
    return JSONResponse({"envelope": True}, headers=headers)  # A dict holds one Set-Cookie.


async def catch(request: Request, call_next: CallNext) -> Response:
    try:
        return await call_next(request)
    except RuntimeError:
        return JSONResponse({}, 409)


async def copy_the_cookies(request: Request, call_next: CallNext) -> Response:
    old = await call_next(request)
    new = JSONResponse({"envelope": True})
    new.raw_headers += [each for each in old.raw_headers if each[0] == b"set-cookie"]
    return new


async def take_off(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    del response.headers["set-cookie"]
    return response


async def make_anew_without(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    response.raw_headers = [
        (name, content) for name, content in response.raw_headers if name != b"set-cookie"
    ]
    return response


async def pass_on(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    response.headers["X-Seen"] = "yes"
    return response


def app_with(
    cookies: list[Cookie[str]], middleware: Any, settings: KitSettings | None = None
) -> FastAPI:
    app = FastAPI()
    protect(app, settings or KitSettings())
    app.add_middleware(GZipMiddleware, minimum_size=20)
    app.middleware("http")(middleware)

    @app.get("/object", dependencies=[sign(cookies)])
    async def return_object() -> dict[str, str]:
        return {}

    @app.get("/own")
    async def return_response() -> Response:
        response = JSONResponse({})
        cookies[0].set(response, "1")
        cookies[1].delete(response)
        return response

    @app.get("/refused", dependencies=[sign(cookies)])
    async def refuse() -> None:
        raise HTTPException(404)

    @app.get("/failed", dependencies=[sign(cookies)])
    async def fail() -> None:
        raise RuntimeError

    return app


@pytest.mark.parametrize("path", ["/object", "/own", "/refused"])
@pytest.mark.parametrize(
    ("middleware", "lost"),
    [
        (replace, "'first', 'second'"),
        (copy_as_a_dict, "'first'"),
        (copy_the_cookies, None),
        (take_off, None),
        (make_anew_without, None),
        (pass_on, None),
    ],
)
@pytest.mark.parametrize("over_http", [False, True])
def test_a_middleware_that_sends_a_response_of_its_own_says_which_cookies_are_lost(
    cookies: list[Cookie[str]], middleware: Any, lost: str | None, path: str, over_http: bool
) -> None:
    settings = KitSettings(
        fastapi_env="development" if over_http else "production", cookies_over_http=over_http
    )
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        Browser(app_with(cookies, middleware, settings)).get(path)
    said = [str(each.message).partition(" Give")[0] for each in warned]
    sentence = f"Cookies lost: {lost}, of {path!r}. A middleware sent a response of its own."
    assert said == ([sentence] if lost else [])


def test_a_middleware_that_answers_for_an_error_says_what_is_lost(
    cookies: list[Cookie[str]],
) -> None:
    with pytest.warns(RuntimeWarning, match="^Cookies lost: 'first', 'second', of '/.*'. A middleware"):
        assert Browser(app_with(cookies, catch)).get("/failed").status_code == 409


def test_after_an_unhandled_error_nothing_is_said_since_nothing_happened(
    cookies: list[Cookie[str]],
) -> None:
    browser = Browser(app_with(cookies, pass_on), raise_server_exceptions=False)
    assert browser.get("/failed").status_code == 500


def test_a_middleware_that_answers_first_loses_nothing(cookies: list[Cookie[str]]) -> None:
    async def answer(request: Request, call_next: CallNext) -> Response:
        cookies[2].set(response := JSONResponse({}, 503), "1")
        return response

    browser = Browser(app_with(cookies, answer))
    assert browser.get("/object").status_code == 503
    assert browser.value("third") == "1"


def test_what_a_middleware_sets_itself_arrives_beside_the_others(
    cookies: list[Cookie[str]],
) -> None:
    async def sets(request: Request, call_next: CallNext) -> Response:
        response = await call_next(request)
        cookies[0].set(response, "2")
        cookies[2].set(response, "2")
        return response

    browser = Browser(app_with(cookies, sets))
    for path in ("/object", "/own"):
        browser.get(path)
        assert (browser.value("first"), browser.value("third")) == ("2", "2")


@pytest.fixture
def sockets(app: FastAPI, cookies: list[Cookie[str]]) -> FastAPI:
    @app.websocket("/closed")
    async def close(websocket: WebSocket, sets: Annotated[None, sign(cookies)]) -> None:
        await websocket.close()

    @app.websocket("/raised")
    async def fail(websocket: WebSocket, sets: Annotated[None, sign(cookies)]) -> None:
        raise WebSocketException(1008)

    @app.websocket("/invalid")
    async def validate(
        websocket: WebSocket,
        sets: Annotated[None, sign(cookies)],
        number: Annotated[int, CookieParameter()],
    ) -> None: ...

    @app.websocket("/refused")
    async def refuse(websocket: WebSocket, sets: Annotated[None, sign(cookies)]) -> None:
        raise HTTPException(403)

    @app.websocket("/accepted")
    async def accept(websocket: WebSocket, sets: Annotated[None, sign(cookies)]) -> None:
        await websocket.accept()
        await websocket.close()

    return app


@pytest.mark.parametrize("path", ["/closed", "/raised", "/invalid"])
def test_a_websocket_that_is_closed_before_it_is_accepted_says_what_is_lost(
    sockets: FastAPI, path: str
) -> None:
    with (
        pytest.warns(RuntimeWarning, match="^Cookies lost: 'first', 'second', of '/.*'. The WebSocket"),
        pytest.raises(WebSocketDisconnect),
        Browser(sockets).websocket_connect(path),
    ):
        pass


def test_a_websocket_that_is_refused_as_it_says_there_loses_nothing(sockets: FastAPI) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as denial,
        Browser(sockets).websocket_connect("/refused"),
    ):
        pass
    assert len(denial.value.headers.get_list("set-cookie")) == 2
    with Browser(sockets).websocket_connect("/accepted") as accepted:
        assert len([*filter(lambda each: each[0] == b"set-cookie", accepted.extra_headers or ())])


@pytest.mark.parametrize(
    ("domain", "host", "lost"),
    [
        ("example.com", "localhost:8000", True),
        ("example.com", "127.0.0.1:8000", True),
        ("example.com", "[::1]:8000", True),
        ("example.com", "anexample.com", True),
        ("example.com", "example.com", False),
        ("example.com", "WWW.Example.com:8443", False),
        ("Example.com", "www.example.com", False),
        (None, "localhost:8000", False),
    ],
)
@pytest.mark.parametrize("env", ["development", "production"])
@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.anyio
async def test_in_development_a_cookie_for_a_domain_that_this_is_not_says_so(
    domain: str | None, host: str, lost: bool, env: Any, moved: bool
) -> None:
    # What ends one that was for a domain is no loss where there is none.
    where: Any = {"formerly": (Place(domain=domain),)} if moved and domain else {"domain": domain}
    region = Cookie("region", str, purpose="Tested here.", **where)
    app = FastAPI()
    protect(app, KitSettings(fastapi_env=env))

    @app.get("/")
    async def set_it(response: Response) -> None:
        region.set(response, "1")

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None: ...

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http"}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        await app({**scope, "headers": [(b"host", host.encode())]}, receive, send)
    said = [str(each.message) for each in warned]
    assert bool(said) == (lost and env == "development" and not moved)
    assert all(each.startswith("Cookie 'region' is lost: browsers drop") for each in said)


def test_a_cookie_on_a_response_that_is_not_returned_says_so(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    @app.get("/")
    async def forget() -> JSONResponse:
        cookies[0].set(JSONResponse({}), "1")
        return JSONResponse({})

    @app.get("/error")
    async def fail() -> None:
        cookies[0].set(JSONResponse({}), "1")
        raise HTTPException(400)

    with pytest.warns(RuntimeWarning, match="'first', of '/'. The response on which it was set"):
        Browser(app).get("/")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Browser(app).get("/error").status_code == 400
