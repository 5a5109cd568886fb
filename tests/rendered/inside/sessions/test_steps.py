"""The tables change by numbered steps, while two releases of an app use them."""

import asyncio
from collections.abc import Callable

import pytest

from app.kit.sessions import Sessions, open_store
from app.kit.sessions.store import Counter
from app.kit.sessions.tables import STEPS
from tests.kit.sessions.example import Basket, Clock, People, Person, Settings

pytestmark = pytest.mark.anyio

# What a later release might add. It fails where it runs a second time.
NEXT = (
    "ALTER TABLE {schema}sessions_2 ADD COLUMN note TEXT NOT NULL DEFAULT 'none'",
    "CREATE TABLE {schema}later_1 (key TEXT PRIMARY KEY)",
)
Release = Callable[[int], Sessions[Person, Basket]]


@pytest.fixture
def release(
    store_url: str, people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Release:
    """Return an app of the release that has so many steps, once its store is open."""

    def release(steps: int) -> Sessions[Person, Basket]:
        monkeypatch.setattr("app.kit.sessions.tables.STEPS", (*STEPS, NEXT)[:steps])
        everybody = Sessions(open_store(store_url), people, Basket, Settings())
        everybody.clock = clock
        return everybody

    return release


async def opened(sessions: Sessions[Person, Basket]) -> Sessions[Person, Basket]:
    await sessions.store.read("")
    return sessions


async def test_each_step_runs_once(release: Release) -> None:
    for steps in (1, 2, 2):
        everybody = await opened(release(steps))
        await everybody.check()
        await everybody.store.close()


async def test_of_instances_that_start_at_once_one_runs_a_step(release: Release) -> None:
    before = await opened(release(1))
    instances = [release(2) for _ in range(8)]
    await asyncio.gather(*map(opened, instances))
    for each in (before, *instances):
        await each.store.close()


async def test_two_releases_share_the_tables_while_one_is_rolled_out(
    release: Release, people: People, clock: Clock
) -> None:
    ada = people.rows[0]
    older = await opened(release(1))
    of_older, session = await older.start(ada, "", None)
    newer = await opened(release(2))
    of_newer, _ = await newer.start(ada, "", None)
    # An instance of the older release that starts now finds a database that is newer than it.
    restarted = await opened(release(1))
    for each in (older, newer, restarted):
        assert len(await each.of_user(1)) == 2
        for token in (of_older, of_newer):
            found = await each.find(token)
            assert found
            await found.update(lambda data: Basket(items=data.items + 1))
        clock.time += 60
        assert await each.find(of_newer)
        counter = Counter("key", 9, clock.time + 60)
        assert await each.store.count(clock.time, counter)
    of_older, session = await newer.renew(session)
    assert [each.data.items for each in await older.of_user(1)] == [3, 3]
    assert await older.find(of_older)
    assert await newer.end_all(1, except_for=session) == 1
    for each in (older, newer, restarted):
        assert await each.find(of_newer) is None
        await each.store.close()
