"""Sessions beside whatever else an app does when it starts and stops; users that are away."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Response, WebSocket
from starlette.testclient import WebSocketDenialResponse

from app.kit import protect
from app.kit.sessions import Sessions, add_sessions, open_store
from tests.kit.browser import Browser
from tests.kit.sessions.example import (
    CREDENTIALS,
    SESSION,
    Basket,
    Clock,
    Current,
    People,
    Person,
    Settings,
    router,
)

Lifespan = Callable[[FastAPI], Any]


class Database(People):
    """People in a database that can go away."""

    is_away = False

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    async def find(self, user_id: str) -> Person | None:
        if self.is_away:
            raise LookupError("find: the connection is closed")
        return await super().find(user_id)

    async def check(self) -> None:
        if self.is_away:
            raise ConnectionError("nobody listens at db.example")

    def close(self) -> None:
        self.log.append("users closed")


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def people(log: list[str]) -> Database:
    return Database(log)


@pytest.fixture
def everybody(
    settings: Settings, people: Database, clock: Clock, log: list[str]
) -> Sessions[Person, Basket]:
    everybody = Sessions(open_store(settings.session_store), people, Basket, settings)
    everybody.clock = clock
    everybody.health.clock = lambda: float("inf")  # as if each who asks came a second later
    close = everybody.store.close

    async def closing() -> None:
        log.append("store closed")
        await close()

    everybody.store.close = closing  # type: ignore[method-assign]
    return everybody


@asynccontextmanager
async def of_the_owner(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    log: list[str] = app.state.log
    log.append(f"starts with {await app.state.sessions.of_user('1')}")
    yield {"database": "open"}
    log.append(f"stops with {len(await app.state.sessions.of_user('1'))}")


@asynccontextmanager
async def of_before(app: FastAPI) -> AsyncIterator[None]:
    """What `app/main.py` had before release 0.10.0, in a project that keeps it."""
    async with app.state.sessions:
        yield


def make(
    everybody: Sessions[Person, Basket], settings: Settings, lifespan: Lifespan | None = None
) -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    protect(app, settings)
    add_sessions(app, everybody)
    app.include_router(router)

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, session: Current) -> None:
        await websocket.accept()
        if everybody.users.is_away:  # type: ignore[attr-defined]
            raise LookupError("meanwhile")

    return app


@pytest.fixture
def app(everybody: Sessions[Person, Basket], settings: Settings) -> FastAPI:
    return make(everybody, settings)


def test_an_owners_lifespan_runs_inside_where_sessions_are_open(
    everybody: Sessions[Person, Basket], settings: Settings, log: list[str]
) -> None:
    app = make(everybody, settings, of_the_owner)
    app.state.log = log

    @asynccontextmanager
    async def of_a_router(app: FastAPI) -> AsyncIterator[None]:
        log.append("router starts")
        yield
        log.append("router stops")

    app.include_router(APIRouter(lifespan=of_a_router))
    with Browser(app) as browser:
        assert browser.app_state == {"database": "open"}
        browser.post("/session", json=CREDENTIALS)
    assert log == [
        *("starts with []", "router starts", "router stops", "stops with 1"),
        *("store closed", "users closed"),
    ]


@pytest.mark.parametrize("lifespan", [None, of_before])
def test_sessions_are_kept_clean_once_also_where_a_lifespan_of_before_enters_them(
    everybody: Sessions[Person, Basket],
    settings: Settings,
    clock: Clock,
    log: list[str],
    lifespan: Lifespan | None,
) -> None:
    app, tasks = make(everybody, settings, lifespan), list[int]()

    async def count() -> int:
        return len(asyncio.all_tasks())

    for _ in range(2):  # The second time, what has expired is removed.
        with Browser(app) as browser:
            assert browser.portal is not None
            tasks.append(browser.portal.call(count))
            assert browser.post("/session", json=CREDENTIALS).status_code == 201
            assert len(browser.portal.call(everybody.store.of_user, "1")) == 1
        clock.time += 10**8
    assert log == ["store closed", "users closed"] * 2
    with Browser(make(everybody, settings)) as browser:
        assert browser.portal is not None
        assert tasks == [browser.portal.call(count)] * 2


@pytest.mark.anyio
async def test_no_task_is_left_behind(
    everybody: Sessions[Person, Basket], settings: Settings
) -> None:
    before = asyncio.all_tasks()
    app = make(everybody, settings, of_before)
    async with app.router.lifespan_context(app):
        assert len(asyncio.all_tasks()) > len(before)
    assert asyncio.all_tasks() == before


def test_who_cannot_start_closes_what_was_opened(
    everybody: Sessions[Person, Basket], settings: Settings, log: list[str]
) -> None:
    @asynccontextmanager
    async def fail(app: FastAPI) -> AsyncIterator[None]:
        raise LookupError("no start")
        yield

    with pytest.raises(LookupError, match="no start"), Browser(make(everybody, settings, fail)):
        pass
    assert log == ["store closed", "users closed"]


def test_a_users_database_that_is_away_is_a_503_and_signs_nobody_out(
    signed_in: Browser, people: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert signed_in.get("/check").status_code == 200
    people.is_away = True
    for path in ("/session", "/sessions", "/check"):
        answer = signed_in.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "users' database" in answer.json()["detail"]
        assert "nobody listens" not in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "x-content-type-options" in answer.headers
    assert "ConnectionError: nobody listens at db.example" in caplog.text
    people.is_away = False
    assert signed_in.get("/session").json() == "ada"


def test_a_cookie_that_was_set_before_that_is_not_said_to_be_lost(
    app: FastAPI, people: Database, signed_in: Browser
) -> None:
    @app.post("/meanwhile")
    async def meanwhile(response: Response) -> None:
        SESSION.delete(response)
        people.is_away = True
        raise LookupError("meanwhile")

    with warnings.catch_warnings(action="error"):  # None says that it was lost.
        answer = signed_in.post("/meanwhile")
    assert (answer.status_code, answer.headers.get("set-cookie")) == (503, None)


def test_a_handshake_is_refused_with_a_503(signed_in: Browser, people: Database) -> None:
    people.is_away = True
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        signed_in.websocket_connect("/socket"),
    ):
        pass
    assert refused.value.status_code == 503


def test_what_fails_once_it_is_sent_is_left_as_it_is(
    app: FastAPI, people: Database, signed_in: Browser
) -> None:
    @app.websocket("/later")
    async def later(websocket: WebSocket) -> None:
        await websocket.accept()
        people.is_away = True
        raise LookupError("later")

    with pytest.raises(LookupError, match="later"), signed_in.websocket_connect("/later") as socket:
        socket.receive_text()


def test_a_fault_of_ones_own_is_a_500_while_the_database_answers(
    app: FastAPI, signed_in: Browser
) -> None:
    @app.get("/fault")
    async def fault() -> None:
        raise LookupError("a fault")

    with pytest.raises(LookupError, match="a fault"):
        signed_in.get("/fault")


def test_users_without_a_check_are_as_before(
    people: Database, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Database, "check")
    people.is_away = True
    with pytest.raises(LookupError, match="find"):
        signed_in.get("/session")
    assert signed_in.get("/check").status_code == 200


def test_a_check_that_takes_too_long_counts_as_away(
    people: Database, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kit.sessions.unavailable.PATIENCE", 0)
    monkeypatch.setattr(people, "check", asyncio.Event().wait)
    assert signed_in.get("/check").status_code == 503
