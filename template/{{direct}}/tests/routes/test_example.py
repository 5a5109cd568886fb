"""The direct Response does what FastAPI's documentation, "Response Cookies", says."""

from typing import Annotated

from fastapi import Depends, FastAPI, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.cookies import FAKESESSION
from app.kit import Cookie, filtered
from tests.kit.browser import Browser

OTHER = Cookie("other", str, purpose="Tested here.")


class Account(BaseModel):
    name: str


class StoredAccount(Account):
    secret_hash: str = "secret"  # noqa: S105


def test_the_documentations_example_answers_as_documented(browser: Browser) -> None:
    response = browser.post("/cookie/")
    assert response.status_code == 200
    assert response.json() == {"message": "Come to the dark side, we have cookies"}
    assert response.headers.get_list("set-cookie") == [
        "fakesession=fake-cookie-session-value; Path=/; SameSite=lax"
    ]


def test_what_a_dependency_sets_arrives_with_the_response(app: FastAPI) -> None:
    async def dependency(response: Response) -> None:
        OTHER.set(response, "1")
        response.headers["X-Dependency"] = "here"

    @app.post("/accounts", response_model=Account)
    async def create_account(sets: Annotated[None, Depends(dependency)]) -> JSONResponse:
        content = filtered(Account, StoredAccount(name="Ada"))
        response = JSONResponse(content=content, status_code=201)
        FAKESESSION.set(response, "1")
        response.headers["X-Operation"] = "here"
        return response

    browser = Browser(app)
    response = browser.post("/accounts")
    assert response.status_code == 201
    assert [cookie.name for cookie in browser.received(response)] == ["other", "fakesession"]
    assert response.headers["x-dependency"] == response.headers["x-operation"] == "here"
    assert response.json() == {"name": "Ada"}
