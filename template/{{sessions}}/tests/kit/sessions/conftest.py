from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.kit.sessions import Sessions
from app.kit.sessions.engines import open_store
from app.kit.sessions.store import Store
from tests.kit.browser import Browser
from tests.kit.isolation import isolate
from tests.kit.sessions.example import (
    HASH,
    Basket,
    Clock,
    People,
    Person,
    Settings,
    create_app,
    sign_in,
)


@pytest.fixture(autouse=True)
def session_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(Settings, monkeypatch)
    # What stands in for a user that there is not takes as long as the users' own.
    monkeypatch.setattr("app.kit.sessions.passwords._NOBODYS_HASH", HASH)
    monkeypatch.setattr("app.kit.sessions.sqlite.SYNCHRONOUS", "OFF")


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/sessions.db"


@pytest.fixture
def settings(store_url: str) -> Settings:
    return Settings(session_store=store_url)


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(settings: Settings, people: People, clock: Clock) -> FastAPI:
    return create_app(settings, people, clock)


@pytest.fixture
def everybody(app: FastAPI) -> Sessions[Person, Basket]:
    found: Sessions[Person, Basket] = app.state.sessions
    return found


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    with Browser(app) as browser:
        yield browser


@pytest.fixture
def signed_in(browser: Browser) -> Browser:
    return sign_in(browser)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    store = open_store(store_url)
    yield store
    await store.close()
