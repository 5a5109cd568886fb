"""Attempts through a proxy, as nobody, and without end."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.requests import HTTPConnection
from starlette.exceptions import HTTPException

from app.kit.sessions import Attempts, TooManyAttemptsError
from app.kit.sessions.store import Counter
from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, PASSWORD, Clock, People, Person, Settings
from tests.kit.sessions.test_attempts import attempt, from_address, settings  # noqa: F401


def test_a_name_that_no_store_can_keep_is_nobodys(browser: Browser) -> None:
    for name in ("\\u0000", "\\ud800", "a" * 100_000):
        body = '{"name": "%s", "password": "x"}' % name  # noqa: UP031 - half of a pair
        answer = browser.post(
            "/session", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in {401, 422}


def test_a_proxy_that_is_not_trusted_is_named_once(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    # As a server says it that trusts its proxies.
    for chain in ("203.0.113.9", "203.0.113.9, 10.1.1.1", "10.1.1.1, 203.0.113.9"):
        from_address(app, "203.0.113.9", "ada", **{"X-Forwarded-For": chain})
    assert not caplog.records
    for n in range(2):
        from_address(app, "10.0.0.1", f"user {n}", **forwarded)
    [record] = caplog.records
    assert "10.0.0.1" in record.message and "FORWARDED_ALLOW_IPS" in record.message


def test_an_address_that_is_over_its_limit_is_named_once(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    statuses = [from_address(app, "10.0.0.1", f"user {n}") for n in range(8)]
    assert statuses == [401] * 6 + [429] * 2
    assert ["10.0.0.1" in record.message for record in caplog.records] == [True]


@pytest.mark.anyio
async def test_who_comes_without_an_address_is_counted_too(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    everybody, connection = app.state.sessions, HTTPConnection({"type": "http", "headers": []})
    for n in range(7):
        with pytest.raises(HTTPException) as refusal:
            await everybody.attempts.authenticate(f"user {n}", "wrong", connection)
        assert refusal.value.status_code == (429 if n == 6 else 401)
    assert "come from no address" in caplog.text
    await everybody.store.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0390", "\u03b9\u0308\u0301"),
        ("ſ", "S"),
        # Folded, the first two are ss and an accent; only normalised again they are one letter.
        ("\u00df\u0301", "s\u015b"),
        ("\u1e9e\u0301", "s\u015b"),
    ],
)
def test_names_that_read_the_same_are_one_account(people: People, one: str, other: str) -> None:
    assert people.attempt_key(one) == people.attempt_key(other)


def test_an_address_and_a_user_of_the_same_name_are_counted_apart(app: FastAPI) -> None:
    statuses = [from_address(app, "ada", "ada") for _ in range(4)]
    assert statuses == [401] * 3 + [429]
    assert [from_address(app, "elsewhere", name) for name in ("ada", "grace")] == [429, 401]


def test_a_session_and_a_user_of_the_same_name_are_counted_apart(signed_in: Browser) -> None:
    [session] = signed_in.get("/sessions").json()
    assert [attempt(signed_in.another(), session["id"]) for _ in range(4)] == [401] * 3 + [429]
    assert signed_in.post("/confirm", json={"password": PASSWORD}).status_code == 200


def test_the_last_second_is_a_second(browser: Browser, clock: Clock) -> None:
    for _ in range(3):
        attempt(browser)
    clock.time += 59
    assert browser.post("/session", json=CREDENTIALS).headers["retry-after"] == "1"


@pytest.fixture
def counted(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The counters of attempts that the store was asked for, one text a call."""
    calls: list[str] = []
    count = app.state.sessions.store.count

    async def noting(now: int, *counters: Counter) -> Any:
        if counters[0].key != "check":  # which the app itself counts now and then
            calls.append(" ".join(counter.key for counter in counters))
        return await count(now, *counters)

    monkeypatch.setattr(app.state.sessions.store, "count", noting)
    return calls


def test_what_is_refused_is_refused_again_without_the_store(
    app: FastAPI, clock: Clock, counted: list[str]
) -> None:
    with Browser(app, client=("192.0.2.1", 1)) as one:
        other = one.another()
        assert [attempt(one) for _ in range(4)] == [401] * 3 + [429]
        counted.clear()
        for seconds in ("40", "39"):
            clock.time += 20 if seconds == "40" else 1
            refused = one.post("/session", json=CREDENTIALS)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, seconds)
            assert [attempt(one) for _ in range(50)] == [429] * 50
        assert counted == []
        assert [attempt(one, f"user {n}") for n in range(3)] == [401, 401, 429]
        counted.clear()
        # Now the address is over its limit, whoever comes from it.
        assert [attempt(each, "grace", PASSWORD) for each in (one, other)] == [429] * 2
        assert counted == []
        clock.time += 39
        assert attempt(one, "ada", PASSWORD) == 429
        clock.time += 60
        assert attempt(one, "ada", PASSWORD) == 201


def test_confirming_is_refused_without_the_store_too(
    signed_in: Browser, counted: list[str]
) -> None:
    words = ["x"] * 3 + [PASSWORD] * 9
    statuses = [
        signed_in.post("/confirm", json={"password": word}).status_code for word in words
    ]
    assert (statuses, len(counted)) == ([401] * 3 + [429] * 9, 4)


def test_what_a_clock_that_was_ahead_refused_is_not_remembered(
    browser: Browser, clock: Clock
) -> None:
    start = clock.time
    clock.time += 10 * 365 * 24 * 60 * 60
    assert [attempt(browser) for _ in range(5)] == [401] * 3 + [429] * 2
    clock.time = start
    assert attempt(browser, "ada", PASSWORD) == 201


@pytest.mark.anyio
async def test_a_success_under_way_ends_what_is_refused_meanwhile(
    app: FastAPI, settings: Settings, people: People  # noqa: F811
) -> None:
    go, checked = asyncio.Event(), list[str]()

    class Slow(People):
        async def authenticate(self, name: str, password: str) -> Person | None:
            checked.append(name)
            await go.wait()
            return await super().authenticate(name, password)

    everybody = app.state.sessions
    attempts = Attempts(Slow(), everybody.store, settings, everybody.now)
    connection = HTTPConnection({"type": "http", "headers": [], "client": ("192.0.2.1", 1)})
    under_way = [
        asyncio.create_task(attempts.authenticate("ada", PASSWORD, connection)) for _ in range(3)
    ]
    while len(checked) < 3:
        await asyncio.sleep(0.01)
    with pytest.raises(TooManyAttemptsError):
        await attempts.authenticate("ada", PASSWORD, connection)
    go.set()
    assert await asyncio.gather(*under_way) == [people.rows[0]] * 3
    assert await attempts.authenticate("ada", PASSWORD, connection) == people.rows[0]
    await everybody.store.close()


def test_only_so_many_refusals_are_remembered(
    app: FastAPI, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kit.sessions.attempts._MAX_REMEMBERED", 2)
    for n in range(3):
        statuses = [from_address(app, f"192.0.2.{n}", f"user {n}") for _ in range(4)]
        assert statuses == [401] * 3 + [429]
    for n, calls in ((2, 0), (0, 1), (0, 0)):
        counted.clear()
        assert from_address(app, "192.0.2.9", f"user {n}") == 429
        assert len(counted) == calls
