"""Of what is said of a cookie or a header, the last arrives, whichever response it was said on."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, StreamingResponse
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel

from app.kit import Cookie, KitSettings, protect
from tests.kit.browser import Browser

Say = Callable[[Response], None]


class Note(BaseModel):
    text: str = "a"


def in_function(before: Say, after: Say, threaded: bool = False) -> Any:
    """Return a dependency that says something before its `yield` and after it."""

    async def dependency(response: Response) -> AsyncIterator[None]:
        before(response)
        yield
        after(response)

    def in_a_thread(response: Response) -> Iterator[None]:
        before(response)
        yield
        after(response)

    return Depends(in_a_thread if threaded else dependency, scope="function")


def add_operations(router: APIRouter | FastAPI, said: Say = lambda response: None) -> None:
    """Add path operations of every kind. On Responses of their own, they say `said`."""

    @router.get("/object")
    async def return_object() -> dict[str, str]:
        return {"a": "b"}

    @router.get("/thread")
    def return_object_from_a_thread() -> Note:
        return Note()

    @router.get("/path", response_class=FileResponse)
    async def return_path() -> str:
        return __file__

    @router.get("/items")
    async def return_items() -> AsyncIterator[Note]:
        yield Note()

    @router.get("/events", response_class=EventSourceResponse)
    async def return_events() -> AsyncIterator[Note]:
        yield Note()

    @router.get("/temporal")
    async def return_the_temporal_response(response: Response) -> Response:
        response.status_code = 200
        return response

    def own(kind: str, make: Callable[[], Response]) -> None:
        @router.get(f"/own/{kind}")
        async def return_response() -> Response:
            said(response := make())
            return response

    own("json", lambda: JSONResponse({}))
    own("redirect", lambda: RedirectResponse("/elsewhere", 303))
    own("file", lambda: FileResponse(Path(__file__)))
    own("stream", lambda: StreamingResponse(iter(["a"])))

    @router.get("/own/thread")
    def return_response_from_a_thread() -> Response:
        said(response := JSONResponse({}))
        return response


DATA = ["/object", "/thread", "/path", "/items", "/events", "/temporal"]
OWN = ["/own/json", "/own/redirect", "/own/file", "/own/stream", "/own/thread"]


def value(browser: Browser, path: str, name: str = "first") -> str | None:
    """Return the value of a cookie that the answer left in the browser."""
    browser.get(path, follow_redirects=False)
    return browser.value(name)


def ways(cookie: Cookie[str]) -> dict[str, Callable[[str], Say]]:
    """Return the ways to say a value of a cookie; "" deletes it."""

    def kits(text: str) -> Say:
        return lambda response: cookie.set(response, text) if text else cookie.delete(response)

    def plain(text: str) -> Say:
        def say(response: Response) -> None:
            if text:
                response.set_cookie("first", text, secure=True, httponly=True)
            else:
                response.delete_cookie("first", secure=True, httponly=True)

        return say

    return {"kit": kits, "plain": plain}


@pytest.mark.parametrize("way", ["kit", "plain"])
@pytest.mark.parametrize("threaded", [False, True])
@pytest.mark.parametrize("last", ["2", ""])
def test_what_a_dependency_says_after_yield_counts_more_than_what_it_said_before(
    app: FastAPI, cookies: list[Cookie[str]], way: str, threaded: bool, last: str
) -> None:
    say = ways(cookies[0])[way]
    router = APIRouter(dependencies=[in_function(say("1"), say(last), threaded)])
    add_operations(router)
    app.include_router(router)
    with Browser(app) as browser:
        for path in [*DATA, *OWN]:
            assert (value(browser, path) or "") == last, path
            sent = browser.get(path, follow_redirects=False).headers.get_list("set-cookie")
            assert len(sent) == 1, path


@pytest.mark.parametrize("last", ["3", ""])
@pytest.mark.parametrize("before", ["1", None])
@pytest.mark.parametrize("operation", ["kit", "plain"])
def test_what_comes_after_yield_counts_more_than_what_the_operation_says_on_its_response(
    app: FastAPI, cookies: list[Cookie[str]], operation: str, before: str | None, last: str
) -> None:
    say = ways(cookies[0])
    first = say["kit"](before) if before else lambda response: None
    router = APIRouter(dependencies=[in_function(first, say["kit"](last))])
    add_operations(router, say[operation]("2"))
    app.include_router(router)
    with Browser(app) as browser:
        for path in OWN:
            # Of what is set without Cookie.set, nobody knows when.
            expected = last if operation == "kit" else "2"
            assert (value(browser, path) or "") == expected, path


@pytest.mark.parametrize("before", ["kit", "plain"])
@pytest.mark.parametrize("own", ["kit", "plain"])
def test_what_the_operation_says_counts_more_than_what_a_dependency_said_before_it(
    app: FastAPI, cookies: list[Cookie[str]], before: str, own: str
) -> None:
    say, other = ways(cookies[0]), ways(cookies[1])

    def first(response: Response) -> None:
        say[before]("1")(response)

    def last(response: Response) -> None:
        other["kit"]("later")(response)  # of another cookie, and without effect on this one

    router = APIRouter(dependencies=[in_function(first, last)])
    add_operations(router, say[own]("2"))
    app.include_router(router)
    with Browser(app) as browser:
        for path in OWN:
            assert value(browser, path) == "2", path
            assert browser.value("second") == "later"


def test_of_several_dependencies_the_one_that_ends_last_has_the_last_word(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    say = ways(cookies[0])["kit"]

    async def inner(response: Response) -> AsyncIterator[None]:
        yield
        say("inner")(response)  # It began first, since the outer one needs it, and ends last.

    async def outer(
        response: Response, _: Annotated[None, Depends(inner, scope="function")]
    ) -> AsyncIterator[None]:
        yield
        say("outer")(response)

    sets = [Depends(outer, scope="function"), Depends(inner, scope="function")]
    router = APIRouter(dependencies=sets)
    add_operations(router, say("operation"))
    app.include_router(router, prefix="/deep")
    with Browser(app) as browser:
        for path in [*DATA, *OWN]:
            assert value(browser, f"/deep{path}") == "inner", path


def test_a_flash_that_is_taken_after_yield_is_gone(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    flash = cookies[0]

    async def take(
        response: Response, found: Annotated[str | None, Depends(flash.read)]
    ) -> AsyncIterator[str | None]:
        flash.set(response, "next")
        yield found
        flash.delete(response)

    Taken = Annotated[str | None, Depends(take, scope="function")]

    @app.get("/data")
    async def show(found: Taken) -> str | None:
        return found

    @app.get("/own")
    async def show_by_a_response(found: Taken) -> Response:
        return JSONResponse(found)

    @app.get("/leave")
    async def leave(response: Response) -> None:
        flash.set(response, "hello")

    with Browser(app) as browser:
        for path in ("/data", "/own"):
            browser.get("/leave")
            assert browser.get(path).json() == "hello"
            assert browser.get(path).json() is None


@pytest.mark.parametrize("ending", ["/refused", "/invalid", "/failed-after", "/handled"])
def test_with_an_error_the_last_word_arrives_too(
    app: FastAPI, cookies: list[Cookie[str]], ending: str
) -> None:
    cookie = cookies[0]

    class ConflictError(Exception): ...

    @app.exception_handler(ConflictError)
    async def answer(request: Request, error: Exception) -> Response:
        response = JSONResponse({}, 409)
        cookie.set(response, "handler")
        return response

    async def sets(response: Response) -> AsyncIterator[None]:
        cookie.set(response, "before")
        try:
            yield
        finally:
            cookie.set(response, "after")

    async def fails(response: Response) -> AsyncIterator[None]:
        yield
        cookie.set(response, "failing")
        raise HTTPException(409)

    @app.get("/refused", dependencies=[Depends(sets, scope="function")])
    async def refuse() -> None:
        raise HTTPException(404)

    @app.get("/invalid", dependencies=[Depends(sets, scope="function")])
    async def validate(number: int) -> None: ...

    @app.get("/failed-after", dependencies=[Depends(fails, scope="function")])
    async def succeed() -> Response:
        cookie.set(own := JSONResponse({}), "lost with its response")
        return own

    @app.get("/handled", dependencies=[Depends(sets, scope="function")])
    async def conflict() -> None:
        raise ConflictError

    with Browser(app) as browser:
        last = {"/failed-after": "failing", "/handled": "handler"}.get(ending, "after")
        assert value(browser, ending) == last


HEADERS: dict[str, tuple[Say, Say, list[str]]] = {
    "set": (lambda _: None, lambda it: it.headers.update({"X-Stage": "after"}), ["after"]),
    "changed": (
        lambda it: it.headers.update({"X-Stage": "before"}),
        lambda it: it.headers.update({"X-Stage": "after"}),
        ["after"],
    ),
    "deleted": (
        lambda it: it.headers.update({"X-Stage": "before"}),
        lambda it: it.headers.__delitem__("X-Stage"),
        [],
    ),
    "appended": (
        lambda it: it.headers.append("X-Stage", "before"),
        lambda it: it.headers.append("X-Stage", "after"),
        ["before", "after"],
    ),
    "left": (lambda it: it.headers.update({"X-Stage": "before"}), lambda _: None, ["before"]),
}


@pytest.mark.parametrize("way", HEADERS)
def test_a_header_arrives_as_it_was_said_last(app: FastAPI, way: str) -> None:
    before, after, expected = HEADERS[way]
    router = APIRouter(dependencies=[in_function(before, after)])
    add_operations(router)
    app.include_router(router)
    with Browser(app) as browser:
        for path in [*DATA, *OWN]:
            found = browser.get(path, follow_redirects=False)
            assert found.headers.get_list("x-stage") == expected, path
            for name in ("content-length", "content-type"):
                assert len(found.headers.get_list(name)) <= 1, path


def test_vary_adds_up_as_it_was_said_last(app: FastAPI) -> None:
    def before(response: Response) -> None:
        response.headers.append("Vary", "X-Before")
        response.headers.append("Vary", "Accept-Language")

    def after(response: Response) -> None:
        response.headers["Vary"] = "X-After"

    router = APIRouter(dependencies=[in_function(before, after)])
    add_operations(router, lambda response: response.headers.update({"Vary": "Accept"}))
    app.include_router(router)
    with Browser(app) as browser:
        assert browser.get("/object").headers.get_list("vary") == ["X-After"]
        assert browser.get("/own/json").headers.get_list("vary") == ["Accept", "X-After"]


def test_a_status_that_data_is_sent_with_takes_its_headers_along(app: FastAPI) -> None:
    def before(response: Response) -> None:
        response.status_code = 404
        response.headers["ETag"] = '"a"'

    def after(response: Response) -> None:
        response.headers["ETag"] = '"b"'
        response.headers["X-After"] = "here"

    @app.get("/", dependencies=[in_function(before, after)])
    async def nothing() -> dict[str, str]:
        return {}

    found = Browser(app).get("/")
    assert (found.status_code, found.headers["x-after"]) == (404, "here")
    assert found.headers.get_list("etag") == ['"b"']


class TimedRoute(APIRoute):
    """As in FastAPI's documentation, "Custom Request and APIRoute class"."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handler = super().get_route_handler()

        async def timed(request: Request) -> Response:
            began = time.monotonic()
            response: Response = await handler(request)
            response.headers["X-Response-Time"] = str(time.monotonic() - began)
            response.headers["X-Stage"] = "route"
            response.set_cookie("third", "route", secure=True)
            return response

        return timed


def test_what_a_route_class_says_of_the_response_arrives_too(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    def before(response: Response) -> None:
        cookies[0].set(response, "1")
        response.headers["X-Stage"] = "before"
        response.headers["X-Gone"] = "before"

    def after(response: Response) -> None:
        cookies[0].set(response, "2")
        del response.headers["X-Gone"]

    router = APIRouter(route_class=TimedRoute, dependencies=[in_function(before, after)])
    add_operations(router)
    app.include_router(router)
    with Browser(app) as browser:
        for path in [*DATA, *OWN]:
            found = browser.get(path, follow_redirects=False)
            assert "x-response-time" in found.headers, path
            assert found.headers.get_list("x-stage") == ["route"], path
            assert "x-gone" not in found.headers, path
            assert (browser.value("first"), browser.value("third")) == ("2", "route"), path


@pytest.mark.parametrize("by", ["raw_headers", "headers", "items"])
def test_an_operation_that_copies_the_temporal_headers_itself_sends_each_once(
    app: FastAPI, cookies: list[Cookie[str]], by: str
) -> None:
    def before(response: Response) -> None:
        cookies[0].set(response, "1")
        response.headers["X-Stage"] = "before"

    @app.get("/", dependencies=[in_function(before, lambda response: None)])
    async def copy(response: Response) -> Response:
        own = JSONResponse({"a": "b"}, headers=response.headers if by == "items" else None)
        if by == "raw_headers":
            own.raw_headers.extend(response.raw_headers)
        elif by == "headers":
            own.headers.raw.extend(response.headers.raw)
        cookies[1].set(own, "2")
        own.headers["X-Own"] = "here"
        return own

    with Browser(app) as browser:
        found = browser.get("/")
        assert found.headers.get_list("x-stage") == ["before"]
        assert found.headers["x-own"] == "here"
        assert len(found.headers.get_list("set-cookie")) == 2
        assert (browser.value("first"), browser.value("second")) == ("1", "2")
        assert found.json() == {"a": "b"}


def test_in_a_mounted_app_the_last_word_arrives_once(cookies: list[Cookie[str]]) -> None:
    outer, inner, plain = FastAPI(), FastAPI(), FastAPI()
    protect(outer, KitSettings())
    protect(inner, KitSettings())
    say = ways(cookies[0])["kit"]
    for app in (inner, plain):
        router = APIRouter(dependencies=[in_function(say("1"), say("3"))])
        add_operations(router, say("2"))
        app.include_router(router)
    outer.mount("/inner", inner)
    with Browser(outer) as browser:
        for path in [*DATA, *OWN]:
            assert value(browser, f"/inner{path}") == "3", path
            found = browser.get(f"/inner{path}", follow_redirects=False)
            assert len(found.headers.get_list("set-cookie")) == 1


def test_without_a_word_after_yield_the_headers_are_fastapis_own(app: FastAPI) -> None:
    def before(response: Response) -> None:
        response.headers["X-First"] = "1"
        response.headers["Content-Language"] = "en"
        response.headers.append("Link", "</a>")
        response.headers.append("Link", "</b>")
        response.headers["ETag"] = '"a"'

    alone = FastAPI()
    for each in (app, alone):
        router = APIRouter(dependencies=[in_function(before, lambda response: None)])
        add_operations(router)
        each.include_router(router)
    names = {"x-first", "content-language", "link", "etag", "content-type", "content-length"}
    with Browser(app) as ours, Browser(alone) as fastapis:
        for path in DATA:
            found = [
                sorted(pair for pair in browser.get(path).headers.multi_items() if pair[0] in names)
                for browser in (ours, fastapis)
            ]
            assert found[0] == found[1], path
