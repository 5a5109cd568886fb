"""Each block of docs/cookies.md, pasted as it says, does what it says.

A test is called after its block: `test_` and the name of the file, of the cookie or of the script.
"""

import json
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Response, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.testclient import TestClient

from app import cookies
from app.kit import Cookie, KitSettings, protect
from tests.kit.browser import Browser, CookieRefusedError, StoredCookie, parse

PAGE = (Path(__file__).parent.parent / "docs" / "cookies.md").read_text("utf-8")


def chapter(browser: Browser) -> int | None:
    """Return the chapter that is stored in `browser`."""
    found = cookies.BOOKMARK.decode(browser.value("bookmark") or "")
    return found.chapter if found else None


def test_cookie_bookmark(browser: Browser) -> None:
    browser.put("/bookmark", json={"chapter": 2})
    [stored] = browser.stored.values()
    assert stored.attributes["max-age"] == str(90 * 24 * 60 * 60)
    assert {"httponly", "secure"} <= stored.attributes.keys()


def test_bookmark(browser: Browser) -> None:
    assert browser.get("/bookmark").json() == {"chapter": 1}
    for status, number in ((201, 2), (200, 3)):
        response = browser.put("/bookmark", json={"chapter": number, "more": "no"})
        assert (response.status_code, response.json()) == (status, {"chapter": number})
        assert chapter(browser) == number
    assert browser.get("/bookmark").json() == {"chapter": 3}
    unreadable = {"Cookie": "bookmark=%7B%22chapter%22:0%7D"}
    assert browser.get("/bookmark", headers=unreadable).json() == {"chapter": 1}

    response = browser.delete("/bookmark")
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
    assert browser.stored == {}


def test_turn_page(browser: Browser) -> None:
    response = browser.post("/turn-page", data={"chapter": "4"})
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert chapter(browser) == 4
    assert browser.get(response.headers["location"]).status_code == 200
    assert browser.post("/turn-page", data={"chapter": "0"}).status_code == 422


def test_book(browser: Browser) -> None:
    browser.post("/turn-page", data={"chapter": "4"})
    response = browser.get("/book")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<p>You are in chapter 4.</p>" in response.text
    [again] = browser.received(response)
    assert again.attributes["max-age"] == str(90 * 24 * 60 * 60)
    assert chapter(browser) == 4


def test_download(browser: Browser) -> None:
    response = browser.get("/download")
    assert response.content == Path("app/frontend/style.css").read_bytes()
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert chapter(browser) == 1


def test_streams(browser: Browser) -> None:
    response = browser.get("/stream")
    assert response.headers["content-type"] == "application/jsonl"
    assert response.text == '{"chapter":1}\n{"chapter":2}\n{"chapter":3}\n'
    assert chapter(browser) == 1
    browser.stored.clear()
    response = browser.get("/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text.startswith('data: {"chapter":1}\n\ndata: {"chapter":2}\n\n')
    assert chapter(browser) == 1


def test_streams_of_ones_own(app: FastAPI) -> None:
    @app.get("/own")
    async def own() -> StreamingResponse:
        response = StreamingResponse(iter(["Chapter 1"]))
        cookies.BOOKMARK.set(response, cookies.Bookmark())
        return response

    browser = Browser(app)
    assert browser.get("/own").text == "Chapter 1"
    assert chapter(browser) == 1


def test_chapter(browser: Browser) -> None:
    assert browser.get("/chapters/3").json() == {"chapter": 3}
    assert chapter(browser) == 3
    assert browser.get("/chapters/13").status_code == 404
    assert chapter(browser) == 13
    assert browser.get("/chapters/0").status_code == 422


def answer(app: FastAPI, origin: str, cookie: Cookie[Any], value: object) -> StoredCookie:
    """Return what a browser at `origin` stores of a path operation that sets `cookie`."""

    @app.get("/set")
    async def set_it(response: Response) -> None:
        cookie.set(response, value)

    browser = Browser(app, origin)
    [stored] = browser.received(browser.get("/set"))
    return stored


def test_cookie_widget(app: FastAPI) -> None:
    stored = answer(app, "https://app.example", cookies.WIDGET, "small")
    assert stored.value == "small"
    assert stored.attributes.keys() >= {"partitioned", "secure"}
    assert stored.attributes["samesite"] == "none"


def test_cookie_region(app: FastAPI) -> None:
    stored = answer(app, "https://shop.example.com", cookies.REGION, "eu")
    assert stored.attributes["domain"] == "example.com"
    with pytest.raises(CookieRefusedError, match="another site's"):
        answer(app, "https://example.org", cookies.REGION, "eu")


def test_cookie_visited() -> None:
    whole = cookies.Visited(titles=["🍪" * 60] * 5)  # what takes most bytes
    assert cookies.VISITED.decode(cookies.VISITED.encode(whole)) == whole


def test_visit(browser: Browser) -> None:
    for number in range(8):
        answer = browser.post("/visits", json=f"{number}" + "🍪" * 59)
        assert answer.status_code == 200
    assert [title[0] for title in answer.json()["titles"]] == ["3", "4", "5", "6", "7"]
    assert browser.post("/visits", json="a" * 61).status_code == 422


LAYOUT = {"columns": 2, "title": 'Zoë\'s "books"; 100 % = all, 🍪'}


def test_cookie_layout(app: FastAPI) -> None:
    stored = answer(app, "https://app.example", cookies.LAYOUT, cookies.Layout(**LAYOUT))
    assert "httponly" not in stored.attributes
    assert json.loads(unquote(stored.value)) == LAYOUT


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (["a=b=c", "{layout}", "d=1"], LAYOUT),
        (["{layout}"], LAYOUT),
        (["a=1"], {"columns": 1, "title": ""}),
        ([], {"columns": 1, "title": ""}),
    ],
)
def test_script_layout(others: list[str], expected: object) -> None:
    node = shutil.which("node")
    if node is None:
        how = "the page's script runs in Node.js: install it from https://nodejs.org/en/download"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(how)
    layout = f"layout={cookies.LAYOUT.encode(cookies.Layout(**LAYOUT))}"
    in_page = json.dumps({"cookie": "; ".join(others).replace("{layout}", layout)})
    [script] = re.findall(r"^```javascript\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    code = f"const document = {in_page};\n{script}\nconsole.log(JSON.stringify(layout))"
    printed = subprocess.run([node, "-e", code], check=True, capture_output=True, text=True).stdout
    assert json.loads(printed) == expected


def test_socket(browser: Browser) -> None:
    for stored in (None, 5):
        headers = {"Origin": "https://app.example"}
        if stored:
            headers["Cookie"] = f"bookmark={cookies.BOOKMARK.encode(cookies.Bookmark(chapter=5))}"
        with browser.websocket_connect("wss://app.example/socket", headers=headers) as socket:
            assert socket.receive_json() == {"chapter": stored or 1}
            [sent] = [value for name, value in socket.extra_headers or [] if name == b"set-cookie"]
        answer = parse(sent.decode(), urlsplit("https://app.example"))
        assert cookies.BOOKMARK.decode(answer.value) == cookies.Bookmark(chapter=stored or 1)


def test_author(browser: Browser) -> None:
    assert browser.get("/author").json() == {"name": "Ada"}


def test_openapi(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    for path, method, status in (
        ("/bookmark", "put", "200"),
        ("/bookmark", "put", "201"),
        ("/bookmark", "delete", "204"),
        ("/turn-page", "post", "303"),
        ("/book", "get", "200"),
        ("/download", "get", "200"),
        ("/stream", "get", "200"),
        ("/events", "get", "200"),
        ("/chapters/{chapter}", "get", "404"),
    ):
        headers = paths[path][method]["responses"][status]["headers"]
        assert "`bookmark=" in headers["Set-Cookie"]["description"]
    name = paths["/author"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert name == {"$ref": "#/components/schemas/Author"}


# What the table of what comes too late has, row by row: how to get there, in any app.
Act = Callable[[Response], None]


def _routes(app: FastAPI, act: Act) -> dict[str, tuple[str, ...]]:
    async def before(response: Response) -> AsyncIterator[None]:
        act(response)
        yield

    async def after(response: Response) -> AsyncIterator[None]:
        try:
            yield
        finally:
            act(response)

    @app.get("/before", dependencies=[Depends(before)])
    @app.get("/after", dependencies=[Depends(after)])
    @app.get("/function", dependencies=[Depends(after, scope="function")])
    async def return_data() -> dict[str, str]:
        return {}

    @app.get("/before-direct", dependencies=[Depends(before)])
    @app.get("/after-direct", dependencies=[Depends(after)])
    @app.get("/function-direct", dependencies=[Depends(after, scope="function")])
    async def return_response() -> JSONResponse:
        return JSONResponse({})

    @app.get("/before-error", dependencies=[Depends(before)])
    @app.get("/after-error", dependencies=[Depends(after)])
    async def fail() -> None:
        raise HTTPException(404)

    @app.get("/task")
    async def leave_a_task(response: Response, tasks: BackgroundTasks) -> None:
        tasks.add_task(act, response)

    @app.get("/generator")
    async def generate(response: Response) -> AsyncIterator[dict[str, str]]:
        yield {}
        act(response)

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, response: Response) -> None:
        await websocket.accept()
        act(response)
        await websocket.close()

    return {
        "before `yield` in a dependency": ("/before", "/before-direct", "/before-error"),
        'after `yield`, with `Depends(…, scope="function")`': ("/function", "/function-direct"),
        "after `yield`, in `finally`, when an `HTTPException` was raised": ("/after-error",),
        "after `yield`": ("/after", "/after-direct"),
        "in a background task": ("/task",),
        "in the generator of a stream, once it has started": ("/generator",),
        "in a WebSocket after `accept`": ("/socket",),
    }


def _outcomes(app: FastAPI, paths: tuple[str, ...]) -> Iterator[str]:
    """Yield what becomes of the cookie, path by path."""
    client = TestClient(app, base_url="https://app.example")
    for path in paths:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            if path == "/socket":
                with client.websocket_connect("wss://app.example/socket") as socket:
                    headers: list[bytes] = [name for name, _ in socket.extra_headers or []]
            else:
                headers = [name for name, _ in client.get(path).headers.raw]
        if b"set-cookie" in headers:
            yield "arrives"
        else:
            yield "warns" if [each.category for each in warned] == [RuntimeWarning] else "lost"


def test_the_table_of_what_comes_too_late() -> None:
    alone, here = FastAPI(), FastAPI()
    protect(here, KitSettings())
    _routes(alone, lambda response: response.set_cookie("a", "b"))
    rows = _routes(here, lambda response: cookies.BOOKMARK.set(response, cookies.Bookmark()))
    shown = re.findall(r"^\| ((?:before|after|in) .*?) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert [row for row, _, _ in shown] == [*rows]
    for row, without, with_it in shown:
        assert set(_outcomes(here, rows[row])) == {with_it}, row
        found = [*_outcomes(alone, rows[row])]
        if without == "arrives with data; lost with a Response or an error":
            assert found == ["arrives", "lost", "lost"]
        else:
            assert set(found) == {without}, row
