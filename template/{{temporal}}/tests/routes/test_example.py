"""The temporal Response does what FastAPI's documentation, "Response Cookies", says."""

from typing import Annotated

from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel

from app.cookies import FAKESESSION
from app.kit import Cookie
from tests.kit.browser import Browser

OTHER = Cookie("other", str, purpose="Tested here.")


class Account(BaseModel):
    name: str


class StoredAccount(Account):
    secret_hash: str = "secret"  # noqa: S105


def test_the_documentations_example_answers_as_documented(browser: Browser) -> None:
    response = browser.post("/cookie-and-object/")
    assert response.status_code == 200
    assert response.json() == {"message": "Come to the dark side, we have cookies"}
    assert response.headers.get_list("set-cookie") == [
        "fakesession=fake-cookie-session-value; Path=/; SameSite=lax"
    ]


def test_cookie_header_and_status_code_come_from_the_temporal_response(app: FastAPI) -> None:
    async def dependency(response: Response) -> None:
        OTHER.set(response, "1")
        response.headers["X-Dependency"] = "here"

    @app.post("/accounts")
    async def create_account(
        response: Response, sets: Annotated[None, Depends(dependency)]
    ) -> Account:
        FAKESESSION.set(response, "1")
        response.headers["X-Operation"] = "here"
        response.status_code = 201
        return StoredAccount(name="Ada")

    browser = Browser(app)
    response = browser.post("/accounts")
    assert response.status_code == 201
    assert [cookie.name for cookie in browser.received(response)] == ["other", "fakesession"]
    assert response.headers["x-dependency"] == response.headers["x-operation"] == "here"


def test_a_secret_field_of_the_returned_object_is_filtered(app: FastAPI) -> None:
    @app.get("/typed")
    async def typed(response: Response) -> Account:
        FAKESESSION.set(response, "1")
        return StoredAccount(name="Ada")

    @app.get("/any", response_model=list[Account])
    async def any_object(response: Response) -> object:
        FAKESESSION.set(response, "1")
        return [StoredAccount(name="Ada"), {"name": "Eve", "secret_hash": "secret"}]

    browser = Browser(app)
    assert browser.get("/typed").json() == {"name": "Ada"}
    assert browser.get("/any").json() == [{"name": "Ada"}, {"name": "Eve"}]
