"""What is written when sessions are read, and removed when they have expired."""

import asyncio

import pytest

from app.kit.sessions import StoreUnavailableError
from app.kit.sessions.store import Record
from tests.kit.browser import Browser
from tests.kit.sessions.example import Clock, People
from tests.kit.sessions.test_session import AnySessions


def test_reading_writes_once_a_minute_at_most(
    signed_in: Browser, everybody: AnySessions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    touch = everybody.store.touch

    async def noting(record: Record, expires_at: int) -> None:
        written.append(record.seen_at)
        await touch(record, expires_at)

    monkeypatch.setattr(everybody.store, "touch", noting)
    start = clock.time
    for seconds in (0, 30, 59, 60, 61, 119, 120):
        clock.time = start + seconds
        signed_in.get("/session")
    assert written == [start + 60, start + 120]


def test_a_note_that_fails_fails_no_read_and_is_not_tried_by_everybody(
    signed_in: Browser, everybody: AnySessions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    async def fail(record: Record, expires_at: int) -> None:
        tried.append(record.seen_at)
        raise StoreUnavailableError("tested")

    monkeypatch.setattr(everybody.store, "touch", fail)
    clock.time += 60
    assert [signed_in.get("/session").status_code for _ in range(3)] == [200] * 3
    assert tried == [clock.time]
    clock.time += 5
    signed_in.get("/session")
    assert tried == [clock.time - 5, clock.time]


@pytest.mark.anyio
async def test_expired_sessions_are_removed_while_the_app_runs(
    everybody: AnySessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    removed: list[int | None] = [100, 0, None, 3]
    counters = [0, 100, 3]
    done = asyncio.Event()

    async def remove_expired(now: int, limit: int) -> int:
        number = removed.pop(0)
        if number is None:
            raise StoreUnavailableError("tested")
        return number

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if not removed:
            done.set()
            await asyncio.Event().wait()

    async def remove_counters(now: int, limit: int) -> int:
        return counters.pop(0)

    async def watch() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(everybody.health, "watch", watch)
    monkeypatch.setattr(everybody.store, "remove_expired", remove_expired)
    monkeypatch.setattr(everybody.store, "remove_expired_counters", remove_counters)
    monkeypatch.setattr(asyncio, "sleep", pause)
    closed: list[bool] = []
    close = everybody.store.close

    async def closing() -> None:
        closed.append(True)
        await close()

    monkeypatch.setattr(everybody.store, "close", closing)
    before = asyncio.all_tasks()
    async with everybody as the_same:
        assert the_same is everybody
        await done.wait()
    assert (asyncio.all_tasks(), closed) == (before, [True])
    # Soon again where there is more to remove, else and after a fault in a minute.
    assert pauses == [0.05, 0.05, 60, 60]


def test_a_session_that_starts_in_more_than_an_hour_is_refused_until_then(
    signed_in: Browser, clock: Clock
) -> None:
    """A machine may start with a wrong clock, and set it once it reaches another."""
    start = clock.time
    for behind, status in ((3600, 200), (3601, 401), (20 * 365 * 24 * 3600, 401), (0, 200)):
        clock.time = start - behind
        assert signed_in.get("/session").status_code == status


@pytest.mark.anyio
@pytest.mark.parametrize("lasts", [60, 30 * 24 * 60 * 60])
async def test_a_session_may_carry_its_own_limit(
    everybody: AnySessions, people: People, clock: Clock, lasts: int
) -> None:
    """As a later release will let people stay signed in: this one keeps to it."""
    token, session = await everybody.start(people.rows[0], "", None)
    await everybody.stop(session.record)
    own = session.record._replace(lasts=lasts)
    await everybody.store.add(own, own.created_at + lasts)
    clock.time += lasts - 1
    found = await everybody.find(token)
    assert found
    token, _ = await everybody.renew(found)
    assert (await everybody.store.read(own.id) or own).lasts == lasts
    await everybody.store.remove_expired(clock.time, 9)
    assert await everybody.find(token)
    clock.time += 1
    assert await everybody.find(token) is None
    await everybody.store.close()
