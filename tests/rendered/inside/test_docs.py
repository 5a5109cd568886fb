"""The documentation behind a proxy, and what it leaves out."""

from fastapi import FastAPI

from app.kit import KitSettings, add_docs, protect
from tests.kit.browser import Browser


def test_the_document_is_found_below_a_prefix_and_does_not_name_itself() -> None:
    settings = KitSettings(fastapi_env="development")
    app = FastAPI(docs_url=None, redoc_url=None)
    protect(app, settings)
    add_docs(app, settings)
    answer = Browser(app, root_path="/shop").get("/shop/docs/openapi.json")
    assert answer.headers["location"] == "/shop/openapi.json"
    assert app.openapi()["paths"] == {}


def test_without_a_document_there_is_no_page_for_it() -> None:
    settings = KitSettings(fastapi_env="development")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    protect(app, settings)
    add_docs(app, settings)
    assert Browser(app).get("/docs/").status_code == 404
