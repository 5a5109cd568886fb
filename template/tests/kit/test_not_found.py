"""Where the front end has a `404.html`, people get it and clients get JSON."""

from pathlib import Path

import pytest
from fastapi import Depends, FastAPI, Response
from fastapi.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit import Cookie, KitSettings, protect
from tests.kit.browser import Browser

PAGE = (
    '<link rel="stylesheet" href="./style.css"><a href="./">Start</a><a href="/x">X</a>'
)
CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("start")
    (tmp_path / "404.html").write_text(PAGE)
    return tmp_path


@pytest.mark.parametrize("accept", [CHROMIUM, "text/html", "TEXT/HTML; q=0.1"])
def test_people_get_the_page(
    app: FastAPI, browser: Browser, folder: Path, accept: str
) -> None:
    app.frontend("/", directory=folder)
    answer = browser.get("/nowhere", headers={"Accept": accept})
    assert (answer.status_code, answer.text) == (404, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["vary"] == "Accept"
    # It is not a file of which a browser could ask whether it changed.
    assert not {"etag", "last-modified", "accept-ranges"} & answer.headers.keys()


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/json", "image/avif,*/*;q=0.8", "text/html;q=0, */*", ""],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_clients_get_json(
    app: FastAPI, browser: Browser, folder: Path, accept: str, method: str
) -> None:
    app.frontend("/", directory=folder)
    answer = browser.request(method, "/nowhere.js", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == "22"
    assert answer.text in {'{"detail":"Not Found"}', ""}


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/a", "./"),
        ("/a/", "../"),
        ("/a/b", "../"),
        ("/a/b/c?d=/e", "../../"),
        ("/a%2Fb", "./"),
        ("/shop/a/b", "../"),
        ("/shopping", "./"),
    ],
)
def test_its_relative_urls_lead_to_the_root_from_every_path(
    app: FastAPI, folder: Path, path: str, root: str
) -> None:
    app.frontend("/", directory=folder)
    browser = Browser(app, root_path="/shop")
    answer = browser.get(path, headers={"Accept": CHROMIUM})
    assert answer.text == PAGE.replace('"./', f'"{root}')


def test_the_length_of_a_page_is_told_rightly(
    app: FastAPI, browser: Browser, folder: Path
) -> None:
    app.frontend("/", directory=folder)
    accept = {"Accept": CHROMIUM}
    answer = browser.get("/a/b", headers=accept)
    assert answer.headers["content-length"] == str(len(answer.content))
    assert "content-length" not in browser.head("/a/b", headers=accept).headers


def test_what_is_there_is_not_changed(
    app: FastAPI, browser: Browser, folder: Path
) -> None:
    async def missing() -> HTMLResponse:
        return HTMLResponse(PAGE, 404)

    app.get("/chapters/9")(missing)
    app.frontend("/", directory=folder)
    assert browser.get("/").text == "start"
    assert browser.get("/404.html").text == PAGE
    assert browser.get("/chapters/9").text == PAGE


def test_without_that_file_a_client_side_router_gets_index_html(
    app: FastAPI, browser: Browser, folder: Path
) -> None:
    (folder / "404.html").unlink()
    app.frontend("/", directory=folder)
    people = browser.get("/people/ada", headers={"Accept": CHROMIUM})
    assert (people.status_code, people.text) == (200, "start")
    assert browser.get("/people/ada").json() == {"detail": "Not Found"}


def test_of_two_apps_each_has_its_own(
    app: FastAPI, browser: Browser, folder: Path
) -> None:
    inner = FastAPI()
    protect(inner, KitSettings())
    inner.frontend("/", directory=folder)
    app.mount("/inner", inner)
    people = browser.get("/inner/a/b", headers={"Accept": CHROMIUM})
    assert people.text == PAGE.replace('"./', '"../')
    assert browser.get("/inner/a/b").json() == {"detail": "Not Found"}


def test_a_cookie_of_the_whole_app_arrives_with_it(
    folder: Path, cookies: list[Cookie[str]]
) -> None:
    async def set_cookie(response: Response) -> None:
        cookies[0].set(response, "1")

    app = FastAPI(dependencies=[Depends(set_cookie)])
    protect(app, KitSettings())
    app.frontend("/", directory=folder)
    browser = Browser(app)
    for accept in (CHROMIUM, "*/*"):
        answer = browser.get("/nowhere", headers={"Accept": accept})
        assert [each.name for each in browser.received(answer)] == ["first"]


def test_a_server_that_sends_files_itself_sends_it_too(
    app: FastAPI, folder: Path
) -> None:
    def server(inner: ASGIApp) -> ASGIApp:
        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            async def answer(message: Message) -> None:
                assert message["type"] != "http.response.pathsend"
                await send(message)

            scope["extensions"] = {"http.response.pathsend": {}}
            await inner(scope, receive, answer)

        return layer

    app.add_middleware(server)
    app.frontend("/", directory=folder)
    people = Browser(app).get("/a/b", headers={"Accept": CHROMIUM})
    assert people.text == PAGE.replace('"./', '"../')
