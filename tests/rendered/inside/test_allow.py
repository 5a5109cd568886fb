"""A 405 names every method of its path; a refusal can be read by the page that is trusted."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from app.kit import KitSettings, protect
from tests.kit.browser import Browser


def add_things(app: FastAPI) -> None:
    router = APIRouter(prefix="/things")
    router.get("")(lambda: 1)
    router.delete("")(lambda: 2)
    router.put("/{number}")(lambda number: number)
    app.include_router(router)


def test_a_405_names_every_method_of_the_path(tmp_path: Path) -> None:
    app, mounted = FastAPI(), FastAPI()
    for each in (app, mounted):
        protect(each, KitSettings())
        add_things(each)
    app.mount("/inside", mounted)
    tmp_path.joinpath("page.html").touch()
    app.mount("/static", StaticFiles(directory=tmp_path))
    app.frontend("/", directory=tmp_path)
    for prefix in ("", "/prefix"):
        browser = Browser(app, root_path=prefix)
        for path, methods in {
            "/things": "DELETE, GET",
            "/things/1": "PUT",
            "/inside/things": "DELETE, GET",
            "/static/page.html": "GET, HEAD",
            "/page.html": "GET, HEAD",
        }.items():
            refusal = browser.patch(prefix + path)
            assert (refusal.status_code, refusal.headers.get("allow")) == (405, methods), path
    assert "allow" not in browser.get("/things").headers


def test_a_trusted_page_can_read_that_its_headers_are_too_large() -> None:
    app = FastAPI()
    protect(app, KitSettings(trusted_origins=["https://spa.example"], max_header_size=1000))
    headers = {"Origin": "https://spa.example", "Cookie": "a=" + "1" * 1000}
    refusal = Browser(app).get("/", headers=headers)
    assert refusal.status_code == 431
    assert refusal.headers["access-control-allow-origin"] == "https://spa.example"
