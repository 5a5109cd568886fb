"""What is set on the temporal response arrives once, in order, however the request ends."""

from asyncio import sleep
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    StreamingResponse,
)
from fastapi.sse import EventSourceResponse
from httpx2 import ASGITransport, AsyncClient
from starlette.testclient import WebSocketDenialResponse

from app.kit import Cookie
from tests.kit.browser import Browser

RESPONSES: dict[str, Callable[[], Response]] = {
    "json": lambda: JSONResponse({"a": "b"}, 202),
    "redirect": lambda: RedirectResponse("/elsewhere", 303),
    "file": lambda: FileResponse(Path(__file__)),
    "stream": lambda: StreamingResponse(iter(["a", "b"])),
    "html": lambda: HTMLResponse("<p>Hello</p>"),
}


@pytest.fixture
def app_with_endings(app: FastAPI, cookies: list[Cookie[str]]) -> FastAPI:
    first, second, third = cookies

    async def dependency(response: Response) -> None:
        first.set(response, "1")
        response.headers["X-Dependency"] = "here"
        response.headers["Vary"] = "Cookie"
        response.headers["X-Both"] = "temporal"

    Sets = Annotated[None, Depends(dependency)]

    @app.get("/object")
    async def return_object(sets: Sets, response: Response) -> dict[str, str]:
        second.set(response, "2")
        return {"a": "b"}

    @app.get("/direct/{kind}")
    async def return_response(kind: str, sets: Sets, response: Response) -> Any:
        second.set(response, "2")
        own = RESPONSES[kind]()
        third.set(own, "3")
        own.headers["Vary"] = "Accept"
        own.headers["X-Both"] = "own"
        return own

    @app.get("/http-exception/{status}")
    async def raise_http_exception(status: int, sets: Sets, response: Response) -> None:
        second.set(response, "2")
        raise HTTPException(status, "No")

    @app.get("/validation")
    async def fail_validation(sets: Sets, number: int) -> None: ...

    @app.get("/error")
    async def fail(sets: Sets) -> None:
        raise RuntimeError("unhandled")

    @app.get("/generator")
    async def stream_items(sets: Sets) -> AsyncIterator[dict[str, str]]:
        yield {"a": "b"}

    return app


@pytest.fixture
def client(app_with_endings: FastAPI) -> Browser:
    return Browser(app_with_endings, raise_server_exceptions=False)


def names_and_values(client: Browser, path: str) -> list[str]:
    return [f"{c.name}={c.value}" for c in client.received(client.get(path))]


def test_after_an_object(client: Browser) -> None:
    response = client.get("/object")
    assert names_and_values(client, "/object") == ["first=1", "second=2"]
    assert response.headers.get_list("x-dependency") == ["here"]
    assert response.headers.get_list("vary") == ["Cookie"]


@pytest.mark.parametrize("kind", RESPONSES)
def test_after_a_response_returned_directly(client: Browser, kind: str) -> None:
    assert names_and_values(client, f"/direct/{kind}") == ["first=1", "second=2", "third=3"]


def test_before_a_stream_of_items(client: Browser) -> None:
    assert names_and_values(client, "/generator") == ["first=1"]


def test_headers_arrive_with_a_response_returned_directly(client: Browser) -> None:
    response = client.get("/direct/json")
    assert response.status_code == 202
    assert response.headers["x-dependency"] == "here"
    assert response.headers.get_list("vary") == ["Accept", "Cookie"]
    assert response.headers.get_list("content-type") == ["application/json"]
    assert response.headers.get_list("content-length") == [str(len(response.content))]


@pytest.mark.parametrize("status", [400, 401, 404, 503])
def test_after_an_http_exception(client: Browser, status: int) -> None:
    path = f"/http-exception/{status}"
    assert client.get(path).status_code == status
    assert names_and_values(client, path) == ["first=1", "second=2"]


def test_a_header_of_the_response_wins_over_the_temporal_one(client: Browser) -> None:
    assert client.get("/direct/json").headers.get_list("x-both") == ["own"]


@pytest.mark.parametrize("path", ["/http-exception/400", "/validation"])
def test_an_error_gets_no_header_that_was_meant_for_another_answer(
    client: Browser, path: str
) -> None:
    headers = client.get(path).headers
    assert "x-dependency" not in headers
    assert headers.get_list("vary") == ["Cookie"]


def test_a_header_that_describes_another_body_does_not_arrive(app: FastAPI) -> None:
    async def dependency(response: Response) -> None:
        response.headers["Content-Length"] = "1"
        response.headers["ETag"] = "other"
        response.headers["Content-Language"] = "en"

    @app.get("/direct", dependencies=[Depends(dependency)])
    async def direct() -> Response:
        return Response("hello")

    headers = Browser(app).get("/direct").headers
    assert headers.get_list("content-length") == ["5"]
    assert "etag" not in headers
    assert headers["content-language"] == "en"


def test_after_failed_validation(client: Browser) -> None:
    response = client.get("/validation")
    assert response.status_code == 422
    assert names_and_values(client, "/validation") == ["first=1"]


def test_not_after_an_unhandled_error(client: Browser) -> None:
    response = client.get("/error")
    assert response.status_code == 500
    assert "set-cookie" not in response.headers


def test_of_a_cookie_set_twice_only_the_last_is_sent(app: FastAPI) -> None:
    once = Cookie("once", str, purpose="Tested here.")
    elsewhere = Cookie("once", str, purpose="Tested here.", path="/elsewhere")

    async def set_old(response: Response) -> None:
        once.set(response, "old")

    @app.get("/twice", dependencies=[Depends(set_old)])
    async def twice() -> Response:
        own = Response()
        once.set(own, "new")
        return own

    @app.get("/moved", dependencies=[Depends(set_old)])
    async def moved() -> Response:
        own = Response()
        elsewhere.set(own, "new")
        own.raw_headers.append((b"set-cookie", b"once=new; Domain=app.example; Path=/"))
        own.raw_headers.append((b"set-cookie", b"once=newest; Domain=.App.example; Path=/"))
        own.raw_headers.append((b"set-cookie", b"once=new; Path=/; Secure; Partitioned"))
        return own

    browser = Browser(app)
    browser.get("/twice")
    assert browser.value("once") == "new"
    # Browsers keep cookies of other paths and domains apart; so does delivery.
    moved_headers = browser.get("/moved").headers
    assert len(moved_headers.get_list("set-cookie")) == 4


@pytest.mark.parametrize("own", ["Accept, cookie", "*", "Cookie"])
def test_vary_names_the_cookie_once(app: FastAPI, cookies: list[Cookie[str]], own: str) -> None:
    @app.get("/read")
    async def read(value: Annotated[str | None, Depends(cookies[0].read)]) -> Response:
        return Response(headers={"Vary": own})

    assert Browser(app).get("/read").headers.get_list("vary") == [own]


def test_a_response_that_sets_a_cookie_is_not_stored(client: Browser) -> None:
    assert client.get("/object").headers.get_list("cache-control") == ["no-store"]
    assert client.get("/direct/file").headers.get_list("cache-control") == ["no-store"]


def test_a_response_without_a_cookie_may_be_stored(client: Browser) -> None:
    assert "cache-control" not in client.get("/openapi.json").headers


def test_a_route_can_say_otherwise(app: FastAPI, cookies: list[Cookie[str]]) -> None:
    @app.get("/stored")
    async def stored(response: Response) -> None:
        response.headers["Cache-Control"] = "private, max-age=60"
        cookies[0].set(response, "1")

    headers = Browser(app).get("/stored").headers
    assert headers.get_list("cache-control") == ["private, max-age=60"]


def test_server_sent_events_that_set_a_cookie_are_not_stored(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    async def dependency(response: Response) -> None:
        cookies[0].set(response, "1")

    @app.get("/events", response_class=EventSourceResponse, dependencies=[Depends(dependency)])
    async def events() -> AsyncIterator[str]:
        yield "hello"

    response = Browser(app).get("/events")
    assert response.headers.get_list("set-cookie") != []
    assert response.headers.get_list("cache-control") == ["no-store"]


def test_a_refused_websocket_handshake_delivers_too(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    async def dependency(response: Response) -> None:
        cookies[0].delete(response)
        raise HTTPException(401)

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, sets: Annotated[None, Depends(dependency)]) -> None: ...

    with (
        pytest.raises(WebSocketDenialResponse) as denial,
        Browser(app).websocket_connect("/socket"),
    ):
        pass
    assert denial.value.status_code == 401
    assert denial.value.headers["set-cookie"].startswith("first=; ")


def test_a_websocket_handshake_delivers_too(app: FastAPI, cookies: list[Cookie[str]]) -> None:
    async def dependency(response: Response) -> None:
        cookies[0].set(response, "1")

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, sets: Annotated[None, Depends(dependency)]) -> None:
        await websocket.accept()
        await websocket.close()

    with Browser(app).websocket_connect("/socket") as accepted:
        assert accepted.extra_headers is not None
        assert (b"set-cookie", b"first=1; HttpOnly; Path=/; SameSite=lax; Secure") in [
            *accepted.extra_headers
        ]


LATE: dict[str, Callable[[Cookie[str], Response], None]] = {
    "set": lambda cookie, response: cookie.set(response, "1"),
    "delete": lambda cookie, response: cookie.delete(response),
}


@pytest.fixture(params=LATE)
def app_with_late_cookies(
    app: FastAPI, cookies: list[Cookie[str]], request: pytest.FixtureRequest
) -> FastAPI:
    """An app in which path operations and dependencies set a cookie late, or just in time."""
    act = LATE[request.param]

    async def exit_code(response: Response) -> AsyncIterator[None]:
        try:
            yield
        finally:
            act(cookies[0], response)

    def exit_code_in_a_thread(response: Response) -> Iterator[None]:
        yield
        act(cookies[0], response)

    @app.get("/exit", dependencies=[Depends(exit_code)])
    @app.get("/thread", dependencies=[Depends(exit_code_in_a_thread)])
    @app.get("/function", dependencies=[Depends(exit_code, scope="function")])
    async def return_object() -> dict[str, str]:
        return {}

    @app.get("/function-direct", dependencies=[Depends(exit_code, scope="function")])
    async def return_response() -> Response:
        return JSONResponse({})

    @app.get("/error", dependencies=[Depends(exit_code)])
    async def fail() -> None:
        raise HTTPException(404)

    @app.get("/task")
    async def leave_a_task(response: Response, tasks: BackgroundTasks) -> None:
        tasks.add_task(act, cookies[0], response)

    @app.get("/task-direct")
    async def leave_a_task_with_a_response(tasks: BackgroundTasks) -> Response:
        own = JSONResponse({})
        tasks.add_task(act, cookies[0], own)
        return own

    @app.get("/items")
    async def stream_items(response: Response) -> AsyncIterator[dict[str, str]]:
        act(cookies[0], response)
        yield {}

    @app.get("/events", response_class=EventSourceResponse)
    async def stream_events(response: Response) -> AsyncIterator[str]:
        yield "hello"
        await sleep(0.01)
        act(cookies[0], response)

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, response: Response) -> None:
        await websocket.accept()
        act(cookies[0], response)
        await websocket.close()

    @app.middleware("http")
    async def middleware(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        if request.url.path == "/items-in-time":
            act(cookies[0], response)
        return response

    @app.get("/items-in-time")
    async def stream_in_time() -> AsyncIterator[dict[str, str]]:
        yield {}

    return app


@pytest.mark.parametrize("path", ["exit", "thread", "task", "task-direct", "items", "events"])
def test_what_comes_after_the_response_has_started_says_so(
    app_with_late_cookies: FastAPI, path: str
) -> None:
    with pytest.warns(RuntimeWarning, match="^Cookie 'first' is lost") as warned:
        response = Browser(app_with_late_cookies).get(path)
    assert response.status_code == 200
    assert "set-cookie" not in response.headers
    assert len(warned) == 1
    assert warned[0].filename == __file__, "it shows the line to change"


def test_what_comes_after_a_handshake_says_so(app_with_late_cookies: FastAPI) -> None:
    with (
        pytest.warns(RuntimeWarning, match="^Cookie 'first' is lost"),
        Browser(app_with_late_cookies).websocket_connect("/socket"),
    ):
        pass


@pytest.mark.parametrize("path", ["function", "function-direct", "error", "items-in-time"])
def test_what_comes_just_in_time_arrives(app_with_late_cookies: FastAPI, path: str) -> None:
    response = Browser(app_with_late_cookies).get(path)
    assert response.headers["set-cookie"].startswith("first=")


@pytest.mark.anyio
async def test_after_a_request_a_cookie_is_set_as_ever(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    """A client in the same task leaves nothing behind."""
    async with AsyncClient(transport=ASGITransport(app), base_url="https://app.example") as client:
        await client.get("/openapi.json")
    cookies[0].set(Response(), "1")


def test_two_requests_do_not_see_each_others_cookies(client: Browser) -> None:
    client.get("/object")
    assert "set-cookie" not in client.get("/openapi.json").headers
