"""Two releases of an app, at one store."""

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel, Field

from app.kit.sessions import Sessions
from tests.kit.browser import Browser
from tests.kit.sessions.example import (
    Basket,
    Clock,
    People,
    Settings,
    create_app,
    token_of,
    with_token,
)
from tests.kit.sessions.test_session import AnySessions


class Newer(Basket):
    coupon: str = ""


@pytest.mark.anyio
async def test_an_older_release_keeps_what_a_newer_one_stored(
    everybody: AnySessions, people: People
) -> None:
    newer = Sessions(everybody.store, people, Newer, Settings())
    token, session = await newer.start(people.rows[0], "", None)
    await session.update(lambda data: Newer(items=1, coupon="SPRING"))
    older = await everybody.find(token)
    assert older
    await older.update(lambda data: Basket(items=data.items + 1))
    after = await newer.find(token)
    assert after
    assert after.data == Newer(items=2, coupon="SPRING")
    await everybody.store.close()


class Unreadable(BaseModel):
    items: int = 0
    needed: int


def test_data_that_this_release_cannot_read_is_the_same_answer_on_every_route(
    signed_in: Browser, settings: Settings, people: People, clock: Clock
) -> None:
    token = token_of(signed_in)
    with Browser(create_app(settings, people, clock, data=Unreadable)) as other:
        for path in ("/session", "/sessions", "/basket"):
            assert with_token(other, token, path) == 401
    assert signed_in.get("/basket").status_code == 200


class Rich(BaseModel):
    number: int = Field(default=0, alias="itemCount")
    at: datetime | None = None


@pytest.mark.anyio
async def test_data_comes_back_with_its_types_and_under_its_aliases(
    everybody: AnySessions, people: People
) -> None:
    rich, data = Sessions(everybody.store, people, Rich, Settings()), Rich(itemCount=2)
    data.at = datetime(2026, 1, 2, tzinfo=UTC)
    token, session = await rich.start(people.rows[0], "", None)
    await session.update(lambda _: data)
    found = await rich.find(token)
    assert found
    assert found.data == data
    await everybody.store.close()
