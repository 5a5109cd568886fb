"""Attempts through a proxy, and as nobody."""

import pytest
from fastapi import FastAPI
from fastapi.requests import HTTPConnection
from starlette.exceptions import HTTPException

from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, Clock, People
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
    assert "come from no address." in caplog.text
    await everybody.store.close()


@pytest.mark.parametrize(("one", "other"), [("\u0390", "\u03b9\u0308\u0301"), ("ſ", "S")])
def test_names_that_read_the_same_are_one_account(people: People, one: str, other: str) -> None:
    assert people.attempt_key(one) == people.attempt_key(other)


def test_the_last_second_is_a_second(browser: Browser, clock: Clock) -> None:
    for _ in range(3):
        attempt(browser)
    clock.time += 59
    assert browser.post("/session", json=CREDENTIALS).headers["retry-after"] == "1"
