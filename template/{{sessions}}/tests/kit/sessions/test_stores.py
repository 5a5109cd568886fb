"""The contracts of a store: `session_store.py` and `counter_store.py`.

By default on SQLite. `TEST_SESSION_STORE=URL` tests a server of yours, and ends all
sessions there.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.kit.sessions.engines import open_store
from app.kit.sessions.store import Counter, Record, Store
from app.kit.sessions.tokens import place_of
from tests.kit.sessions.example import Clock

pytestmark = pytest.mark.anyio

IN_AN_HOUR = 60 * 60


@pytest.fixture
def store_url(store_url: str) -> str:
    return os.environ.get("TEST_SESSION_STORE", store_url)


@pytest.fixture(autouse=True)
async def empty(store: Store) -> None:
    await store.clear()
    for key in ("key", "other", "old"):
        await store.forget_count(key)


def id_of(key: str, user: str = "ada") -> str:
    """Return an id that ends with this key."""
    return place_of(user) + key * 32


@dataclass
class Records:
    """Makes records that differ in what a test names."""

    now: int

    def __call__(self, key: str, **fields: Any) -> Record:
        user = fields.get("user", "ada")
        record = Record(
            id=id_of(key, user),
            user=user,
            auth_hash="hash",
            created_at=self.now,
            seen_at=self.now,
            confirmed_at=self.now,
            browser="Ünïcode \U0001f600' \"; DROP TABLE sessions_2; --\n%s :id",
            version=1,
            data='{"a": "ü"}',
            secret_hash="0" * 64,
            lasts=5 * 10**9,
        )
        return record._replace(**fields)


@pytest.fixture
def record(clock: Clock) -> Records:
    return Records(clock.time)


def renewed(record: Record, secret_hash: str) -> Record:
    """Return a session with this secret after the one that it has."""
    return record._replace(
        secret_hash=secret_hash,
        old_secret_hash=record.secret_hash,
        renewed_at=record.seen_at + 30,
        seen_at=record.seen_at + 30,
        confirmed_at=record.seen_at + 30,
    )


@pytest.fixture
def later(clock: Clock) -> int:
    return clock.time + IN_AN_HOUR


def removes_by_itself(store: Store) -> bool:
    """Return whether that is left to the server, as it is with Redis and Valkey."""
    return type(store).__name__ == "RedisStore"


async def test_what_is_stored_is_read_unchanged(
    store: Store, record: Records, later: int
) -> None:
    await store.add(record("a"), later)
    assert await store.read(id_of("a")) == record("a")
    assert await store.read(id_of("b")) is None


async def test_touching_notes_the_last_use(
    store: Store, record: Records, later: int
) -> None:
    await store.add(record("a"), later)
    await store.touch(record("a", seen_at=record.now + 60), later + 60)
    assert await store.read(id_of("a")) == record("a", seen_at=record.now + 60)


async def test_a_session_that_is_used_is_kept_for_longer(
    store: Store, record: Records, clock: Clock
) -> None:
    for key in "ab":
        await store.add(record(key), clock.time + 60)
    await store.touch(record("a", seen_at=record.now + 50), clock.time + 110)
    await store.remove_expired(clock.time + 60, 9)
    assert [each.id[-1] for each in await store.of_user("ada")] in (["a"], ["a", "b"])
    await store.remove_expired(clock.time + 110, 9)
    assert await store.read(id_of("a")) in (None, record("a", seen_at=record.now + 50))


async def test_an_earlier_use_does_not_replace_a_later_one(
    store: Store, record: Records, later: int
) -> None:
    await store.add(record("a"), later)
    await store.touch(record("a", seen_at=record.now + 60), later + 60)
    await store.touch(record("a", seen_at=record.now + 30), later + 30)
    assert await store.read(id_of("a")) == record("a", seen_at=record.now + 60)


async def test_touching_does_not_revive_a_session(
    store: Store, record: Records, later: int
) -> None:
    await store.add(record("a"), later)
    await store.remove("ada", id_of("a"))
    await store.touch(record("a", seen_at=record.now + 60), later + 60)
    assert await store.read(id_of("a")) is None
    assert await store.of_user("ada") == []


async def test_only_one_of_two_concurrent_changes_is_stored(
    store: Store, record: Records, later: int
) -> None:
    await store.add(record("a"), later)
    changes = [store.change(id_of("a"), 1, f"[{number}]") for number in range(20)]
    outcomes = await asyncio.gather(*changes)
    assert outcomes.count(True) == 1
    winner = f"[{outcomes.index(True)}]"
    assert await store.read(id_of("a")) == record("a", version=2, data=winner)


async def test_changing_does_not_revive_a_session(store: Store) -> None:
    assert not await store.change(id_of("a"), 1, "{}")
    assert await store.read(id_of("a")) is None


async def test_only_one_of_several_concurrent_renewals_is_stored(
    store: Store, record: Records, later: int
) -> None:
    await store.add(record("a"), later)
    secrets = [letter * 64 for letter in "123456789"]
    outcomes = await asyncio.gather(
        *(store.renew(renewed(record("a"), secret), later + 60) for secret in secrets)
    )
    assert outcomes.count(True) == 1
    winner = renewed(record("a"), secrets[outcomes.index(True)])
    assert await store.read(id_of("a")) == winner


async def test_a_renewal_keeps_what_was_changed_meanwhile(
    store: Store, record: Records, later: int
) -> None:
    before = record("a")
    await store.add(before, later)
    await store.change(id_of("a"), 1, '{"cart": 1}')
    assert await store.renew(renewed(before, "1" * 64), later)
    changed = renewed(record("a", version=2, data='{"cart": 1}'), "1" * 64)
    assert await store.read(id_of("a")) == changed
    # And a change keeps the secret.
    assert await store.change(id_of("a"), 2, "{}")
    assert await store.read(id_of("a")) == changed._replace(version=3, data="{}")


async def test_renewing_does_not_revive_a_session(
    store: Store, record: Records, later: int
) -> None:
    assert not await store.renew(renewed(record("a"), "1" * 64), later)
    assert await store.read(id_of("a")) is None
    assert await store.of_user("ada") == []


async def test_a_session_that_comes_after_another_ends_it(
    store: Store, record: Records, later: int
) -> None:
    for key, user in (("a", "ada"), ("b", "grace"), ("c", "ada")):
        await store.add(record(key, user=user), later)
    # Another user's, too; and one that has ended already.
    for key, ends in (
        ("d", record("a")),
        ("e", record("b", user="grace")),
        ("f", record("a")),
    ):
        await store.add(record(key), later, ends)
    assert [each.id[-1] for each in await store.of_user("ada")] == ["c", "d", "e", "f"]
    assert await store.of_user("grace") == []


async def test_the_first_to_remove_a_session_is_told_so(
    store: Store, record: Records, later: int
) -> None:
    await store.add(record("a"), later)
    assert not await store.remove("grace", id_of("a"))
    outcomes = await asyncio.gather(
        *(store.remove("ada", id_of("a")) for _ in range(5))
    )
    assert sorted(outcomes) == [False] * 4 + [True]
    assert await store.read(id_of("a")) is None


async def test_a_user_has_the_newest_sessions_first(
    store: Store, record: Records, later: int
) -> None:
    for number, key in enumerate("abc"):
        await store.add(record(key, created_at=record.now + number), later)
    await store.add(record("d", user="grace"), later)
    assert [each.id[-1] for each in await store.of_user("ada")] == ["c", "b", "a"]
    assert await store.of_user("nobody") == []


async def test_all_sessions_of_a_user_end_but_one(
    store: Store, record: Records, later: int
) -> None:
    for key in "abc":
        await store.add(record(key), later)
    await store.add(record("d", user="grace"), later)
    assert await store.remove_of_user("ada", except_for=id_of("b")) == 2
    assert [each.id[-1] for each in await store.of_user("ada")] == ["b"]
    assert await store.remove_of_user("ada") == 1
    assert len(await store.of_user("grace")) == 1


async def test_a_session_that_is_used_for_long_is_still_ended_with_the_others(
    store: Store, record: Records, clock: Clock
) -> None:
    now = clock.time
    await store.add(record("a", seen_at=now - 3590), now + 10)
    await store.touch(record("a", seen_at=now), now + 3600)
    # A sign-in after the first expiry tidies up what has expired.
    await store.add(record("b", seen_at=now + 20), now + 3620)
    assert len(await store.of_user("ada")) == 2
    assert await store.remove_of_user("ada") == 2


async def test_ending_all_ends_a_session_that_is_being_renewed(
    store: Store, record: Records, later: int
) -> None:
    for _ in range(20):
        await store.add(record("a"), later)
        renewing = store.renew(renewed(record("a"), "1" * 64), later)
        await asyncio.gather(renewing, store.remove_of_user("ada"))
        assert await store.of_user("ada") == []


async def test_text_that_an_engine_cannot_keep_is_not_found(store: Store) -> None:
    assert await store.read("\0") is None


async def test_many_reads_at_once_are_answered(
    store: Store, record: Records, later: int
) -> None:
    await store.add(record("a"), later)
    found = await asyncio.gather(*(store.read(id_of("a")) for _ in range(150)))
    assert found == [record("a")] * 150


async def test_all_sessions_of_all_users_end(
    store: Store, record: Records, later: int
) -> None:
    for key in "abc":
        await store.add(record(key, user=key), later)
    assert await store.clear() == 3
    assert [await store.read(id_of(key, key)) for key in "abc"] == [None] * 3


async def test_expired_sessions_are_removed_in_steps(
    store: Store, record: Records, clock: Clock
) -> None:
    for key in "abc":
        await store.add(record(key), clock.time - 1)
    await store.add(record("d"), clock.time + IN_AN_HOUR)
    await store.count(clock.time - 60, Counter("old", 9, clock.time - 1))
    steps = [await store.remove_expired(clock.time, 2) for _ in range(3)]
    assert steps == ([0, 0, 0] if removes_by_itself(store) else [2, 1, 0])
    assert [each.id[-1] for each in await store.of_user("ada")] == ["d"]


async def test_expired_counters_are_removed_too(store: Store, clock: Clock) -> None:
    for key, ends in (("key", -2), ("other", 0), ("old", IN_AN_HOUR)):
        await store.count(clock.time - 60, Counter(key, 9, clock.time + ends))
    steps = [await store.remove_expired_counters(clock.time, 1) for _ in range(3)]
    assert steps == ([0, 0, 0] if removes_by_itself(store) else [1, 1, 0])
    # What has not expired counts on.
    old = Counter("old", 9, clock.time + IN_AN_HOUR)
    assert await store.count(clock.time, old) == [(2, clock.time + IN_AN_HOUR)]


async def test_a_counter_counts_until_it_expires_and_then_starts_anew(
    store: Store, clock: Clock
) -> None:
    now, end = clock.time, clock.time + 60
    assert await store.count(now, Counter("key", 9, end)) == [(1, end)]
    assert await store.count(now + 59, Counter("key", 9, end + 59)) == [(2, end)]
    assert await store.count(end, Counter("key", 9, end + 60)) == [(1, end + 60)]
    await store.forget_count("key")
    assert await store.count(now, Counter("key", 9, end)) == [(1, end)]


async def test_what_one_counter_refuses_the_next_does_not_count(
    store: Store, clock: Clock
) -> None:
    now, end = clock.time, clock.time + 60
    both = Counter("key", 1, end), Counter("other", 9, end)
    assert await store.count(now, *both) == [(1, end), (1, end)]
    assert await store.count(now, *both) == [(2, end)]
    assert await store.count(now, both[1]) == [(2, end)]


async def test_counters_of_a_clock_that_was_ahead_start_anew(
    store: Store, clock: Clock
) -> None:
    now, end, hour = clock.time, clock.time + 60, IN_AN_HOUR
    for ahead, told in ((hour + 1, [(1, end)] * 2), (hour, [(2, end + hour)])):
        await store.count(now + ahead, Counter("key", 1, end + ahead))
        assert (
            await store.count(now, Counter("key", 1, end), Counter("other", 9, end))
            == told
        )


async def test_a_counter_loses_no_concurrent_count(store: Store, clock: Clock) -> None:
    now, counter = clock.time, Counter("key", 99, clock.time + 60)
    counts = await asyncio.gather(*(store.count(now, counter) for _ in range(50)))
    assert sorted(value for [(value, _)] in counts) == list(range(1, 51))


async def test_no_more_counts_at_once_pass_than_the_limit(
    store: Store, clock: Clock
) -> None:
    now, end = clock.time, clock.time + 60
    address, others = Counter("key", 5, end), Counter("other", 99, end)
    counts = await asyncio.gather(
        *(store.count(now, address, others) for _ in range(50))
    )
    assert len([each for each in counts if len(each) == 2]) == 5


async def test_ten_instances_that_start_at_once_make_the_tables(
    store_url: str, record: Records, later: int
) -> None:
    stores = [open_store(store_url) for _ in range(10)]
    adding: Callable[[int], Any] = lambda n: stores[n].add(record(str(n)), later)  # noqa: E731
    await asyncio.gather(*map(adding, range(10)))
    assert len(await stores[0].of_user("ada")) == 10
    await asyncio.gather(*(each.close() for each in stores))
