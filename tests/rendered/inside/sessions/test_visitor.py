"""Signing in and out by one dependency."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Response

from app.kit.sessions import Visitor
from tests.kit.browser import Browser
from tests.kit.sessions.example import (
    CREDENTIALS,
    PASSWORD,
    SESSION,
    Basket,
    Clock,
    Current,
    People,
    Person,
    needs,
    token_of,
    with_token,
)

AVisitor = Annotated[Visitor[Person, Basket], Depends(needs.visitor)]


@dataclass(frozen=True)
class Nobody:
    id: int | None = None
    auth_hash: str = ""


@pytest.fixture
def app(app: FastAPI, people: People) -> FastAPI:
    @app.post("/visitor")
    async def sign_in(name: str, password: str, visitor: AVisitor, response: Response) -> str:
        token, session = await visitor.sign_in(name, password)
        SESSION.set(response, token)
        return session.user.name

    @app.get("/callback")
    async def sign_in_as(visitor: AVisitor, response: Response) -> str:
        token, session = await visitor.sign_in_as(people.rows[-1])
        SESSION.set(response, token)
        return session.user.name

    @app.post("/visitor/confirm")
    async def confirm(
        password: str, session: Current, visitor: AVisitor, response: Response
    ) -> int:
        token, confirmed = await visitor.confirm(session, session.user.name, password)
        SESSION.set(response, token)
        return confirmed.confirmed_at

    @app.delete("/visitor")
    async def sign_out(visitor: AVisitor) -> None:
        await visitor.sign_out()

    @app.post("/nobody")
    async def sign_nobody_in(visitor: AVisitor) -> None:
        await visitor.sign_in_as(Nobody())  # type: ignore[arg-type]

    return app


SIGN_IN = f"/visitor?name=ada&password={PASSWORD}"


def test_signing_in_ends_the_session_before_and_tells_the_browser(browser: Browser) -> None:
    for number in range(2):
        before = browser.value(SESSION.name)
        answer = browser.post(SIGN_IN, headers={"User-Agent": f"Browser {number}"})
        assert (answer.status_code, answer.json()) == (200, "ada")
        [listed] = browser.get("/sessions").json()
        assert listed["browser"] == f"Browser {number}"
    assert before is not None
    assert with_token(browser, before) == 401


def test_a_wrong_password_is_refused_counted_and_signs_nobody_out(signed_in: Browser) -> None:
    wrong = [signed_in.post("/visitor?name=ada&password=wrong") for _ in range(11)]
    assert [answer.status_code for answer in wrong] == [401] * 10 + [429]
    assert signed_in.get("/session").json() == "ada"


def test_whom_another_site_knows_is_signed_in_in_place_of_who_was(signed_in: Browser) -> None:
    before = token_of(signed_in)
    assert signed_in.get("/callback").json() == "grace"
    assert signed_in.get("/session").json() == "grace"
    assert with_token(signed_in, before) == 401


def test_a_session_that_is_refused_ends_too(
    signed_in: Browser, people: People, clock: Clock
) -> None:
    before, ada = token_of(signed_in), people.rows.pop(0)
    assert signed_in.get("/callback").json() == "grace"
    people.rows.append(ada)
    assert with_token(signed_in, before) == 401


def test_confirming_gives_a_new_token(signed_in: Browser, clock: Clock) -> None:
    before = token_of(signed_in)
    clock.time += 1000
    assert signed_in.post("/visitor/confirm?password=wrong").status_code == 401
    assert signed_in.post(f"/visitor/confirm?password={PASSWORD}").json() == clock.time
    assert token_of(signed_in) != before
    assert with_token(signed_in, token_of(signed_in)) == 200
    assert with_token(signed_in, before) == 401
    assert signed_in.another().post("/visitor/confirm?password=x").status_code == 401


def test_signing_out_ends_the_session_wherever_there_is_one(signed_in: Browser) -> None:
    token = token_of(signed_in)
    assert signed_in.another().delete("/visitor").status_code == 200
    assert with_token(signed_in, token) == 200
    assert signed_in.delete("/visitor").status_code == 200
    assert with_token(signed_in, token) == 401


def test_somebody_who_is_not_stored_yet_is_not_signed_in(browser: Browser) -> None:
    with pytest.raises(TypeError, match="store them first"):
        browser.post("/nobody")


def test_what_a_visitor_is_answered_is_not_stored(browser: Browser) -> None:
    assert browser.delete("/visitor").headers["cache-control"] == "no-store"
    assert browser.post("/session", json=CREDENTIALS).status_code == 201
