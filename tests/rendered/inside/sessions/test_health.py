"""Probes: whoever sends how many, they cost the store next to nothing, and still tell the truth."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.kit.sessions import StoreUnavailableError
from app.kit.sessions.health import READ_EVERY, Health
from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, Clock
from tests.kit.sessions.test_session import AnySessions


class Asked:
    """A store, or users: notes what it is asked, and fails while `away`."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.away = False
        self.answering = asyncio.Event()
        self.answering.set()

    def __getattr__(self, method: str) -> Any:
        async def answer(*_: object) -> None:
            self.methods.append(method)
            await self.answering.wait()
            if self.away:
                raise StoreUnavailableError("tested")

        return answer


@pytest.fixture
def store() -> Asked:  # type: ignore[override]
    return Asked()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(store: Asked, clock: Clock) -> Health:
    health = Health(store, object(), lambda: 0)  # type: ignore[arg-type]
    health.clock = clock
    return health


async def asked_by(health: Health, askers: int) -> list[bool]:
    """Return whether each of them was told that the store is there."""
    told = await asyncio.gather(*(health.check() for _ in range(askers)), return_exceptions=True)
    return [each is None for each in told]


@pytest.mark.anyio
@pytest.mark.parametrize("away", [False, True])
async def test_the_store_is_asked_once_a_second_whoever_asks(
    health: Health, store: Asked, clock: Clock, away: bool
) -> None:
    store.away = away
    for _ in range(3):
        store.methods.clear()
        for _ in range(3):
            assert await asked_by(health, 100) == [not away] * 100
        assert store.methods == ["read"]
        clock.time += READ_EVERY


@pytest.mark.anyio
@pytest.mark.parametrize("away", [False, True])
async def test_the_users_are_asked_as_seldom(store: Asked, clock: Clock, away: bool) -> None:
    users = Asked()
    users.away = away
    health = Health(store, users, lambda: 0)  # type: ignore[arg-type]
    health.clock = clock
    for _ in range(3):
        assert await asked_by(health, 100) == [not away] * 100
    assert users.methods == ["check"]
    clock.time += READ_EVERY
    users.away = not away
    assert await asked_by(health, 3) == [away] * 3


@pytest.mark.anyio
async def test_what_changes_is_told_after_a_second(
    health: Health, store: Asked, clock: Clock
) -> None:
    for store.away in (True, False, True):
        assert await asked_by(health, 1) == [not store.away]
        clock.time += READ_EVERY


@pytest.mark.anyio
async def test_who_hangs_up_leaves_the_others_their_answer(health: Health, store: Asked) -> None:
    store.answering.clear()
    first = asyncio.create_task(health.check())
    others = asyncio.create_task(asked_by(health, 5))
    while not store.methods:
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    store.answering.set()
    assert await others == [True] * 5


@pytest.mark.anyio
async def test_a_store_that_can_only_be_read_is_told_until_it_can_be_written(
    health: Health, store: Asked
) -> None:
    store.away = True
    await health.write()
    store.away = False
    assert await asked_by(health, 3) == [False] * 3
    await health.write()
    assert await asked_by(health, 3) == [True] * 3
    assert store.methods == ["count", "read", "count"]


@pytest.fixture
def written(everybody: AnySessions, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is called of the store, apart from reading."""
    called: list[str] = []

    def noting(method: str) -> Any:
        original = getattr(everybody.store, method)

        async def noted(*arguments: Any) -> Any:
            called.append(method)
            return await original(*arguments)

        return noted

    for method in ("add", "touch", "change", "renew", "remove", "remove_of_user", "clear"):
        monkeypatch.setattr(everybody.store, method, noting(method))
    for method in ("count", "forget_count", "remove_expired", "remove_expired_counters"):
        monkeypatch.setattr(everybody.store, method, noting(method))
    return called


def test_the_app_itself_writes_while_it_runs_and_no_probe_does(
    app: FastAPI, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kit.sessions.health.WRITE_EVERY", 1000)
    with Browser(app) as browser:
        for _ in range(50):
            assert browser.get("/check").status_code == 200
    assert sorted(written) == ["count", "remove_expired", "remove_expired_counters"]


def test_no_stranger_writes_but_by_attempts_below_the_limits(
    app: FastAPI, everybody: AnySessions, written: list[str]
) -> None:
    browser = Browser(app)  # without the app's own upkeep
    headers = {"Cookie": f"__Host-Http-tested={'a' * 64}.{'A' * 43}"}
    for path in ("/session", "/sessions", "/basket", "/check"):
        assert browser.get(path, headers=headers).status_code in {200, 401}
    assert browser.delete("/session", headers=headers).status_code == 204
    assert browser.delete("/sessions/none", headers=headers).status_code == 401
    assert written == []
    wrong = CREDENTIALS | {"password": "wrong"}
    answers = [browser.post("/session", json=wrong).status_code for _ in range(100)]
    assert answers[-1] == 429
    assert len(written) == answers.count(401) + 1
