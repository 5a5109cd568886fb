"""How guesses at passwords are limited."""

import asyncio

import pytest
from fastapi import FastAPI
from fastapi.requests import HTTPConnection

from app.kit.sessions import Attempts
from tests.kit.browser import Browser
from tests.kit.sessions.example import (
    CREDENTIALS,
    PASSWORD,
    Clock,
    People,
    Person,
    Settings,
    sign_in,
)

WRONG = CREDENTIALS | {"password": "wrong"}


@pytest.fixture
def settings(store_url: str) -> Settings:
    return Settings(
        session_store=store_url,
        sign_in_limit_per_user="3 per minute",
        sign_in_limit_per_address="6 per 2 minutes",
    )


def attempt(browser: Browser, name: str = "ada", password: str = "wrong") -> int:  # noqa: S107
    return browser.post(
        "/session", json={"name": name, "password": password}
    ).status_code


def from_address(app: FastAPI, address: str, name: str, **headers: str) -> int:
    with Browser(app, client=(address, 50000), headers=headers) as browser:
        return attempt(browser, name)


def test_attempts_as_one_user_are_limited(browser: Browser, clock: Clock) -> None:
    assert [attempt(browser) for _ in range(3)] == [401] * 3
    clock.time += 20
    refused = browser.post("/session", json=CREDENTIALS)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
    assert "in 40 seconds" in refused.json()["detail"]
    assert attempt(browser, "grace", PASSWORD) == 201
    clock.time += 40
    assert attempt(browser, "ada", PASSWORD) == 201


@pytest.mark.parametrize("spelling", ["ADA", "\uff41da", "\U0001d400da"])
def test_what_is_counted_is_the_account_and_not_the_spelling(
    browser: Browser, spelling: str
) -> None:
    assert attempt(browser, spelling, PASSWORD) == 201
    assert [attempt(browser, name) for name in ("ada", spelling, "ada")] == [401] * 3
    assert attempt(browser, spelling, PASSWORD) == 429


@pytest.mark.anyio
async def test_guesses_at_the_same_time_are_counted_before_they_are_checked(
    app: FastAPI, settings: Settings, people: People
) -> None:
    checked: list[str] = []

    class Slow(People):
        async def authenticate(self, name: str, password: str) -> Person | None:
            checked.append(password)
            await asyncio.sleep(0)
            return None

    everybody = app.state.sessions
    attempts = Attempts(Slow(), everybody.store, settings, everybody.now)
    connection = HTTPConnection(
        {"type": "http", "headers": [], "client": ("192.0.2.1", 1)}
    )
    guesses = (attempts.authenticate("ada", str(n), connection) for n in range(9))
    await asyncio.gather(*guesses, return_exceptions=True)
    assert len(checked) == 3
    ada = people.rows[0]
    confirming = (attempts.reauthenticate("id", ada, "ada", str(n)) for n in range(9))
    await asyncio.gather(*confirming, return_exceptions=True)
    assert len(checked) == 6
    await everybody.store.close()


def test_a_success_forgives_a_users_attempts_but_not_those_of_an_address(
    browser: Browser,
) -> None:
    outcomes = [
        attempt(browser, "ada", word)
        for word in ("x", "x", PASSWORD, "x", "x", PASSWORD, PASSWORD)
    ]
    assert outcomes == [401, 401, 201, 401, 401, 201, 429]


def test_attempts_from_one_address_are_limited_and_use_up_nobody_elses(
    app: FastAPI, clock: Clock
) -> None:
    with Browser(app, client=("192.0.2.1", 50000)) as browser:
        assert [attempt(browser, f"user {n}") for n in range(6)] == [401] * 6
        # Over its limit, it cannot lock ada out.
        assert [attempt(browser) for _ in range(5)] == [429] * 5
    assert [from_address(app, "192.0.2.2", "ada") for _ in range(3)] == [401] * 3


@pytest.mark.parametrize(
    ("first", "second", "is_the_same"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("a.socket", "a.socket", True),
        ("a.socket", "b.socket", False),
    ],
)
def test_whoever_has_a_network_has_no_more_attempts(
    app: FastAPI, first: str, second: str, is_the_same: bool
) -> None:
    with Browser(app, client=(first, 1)) as browser:
        assert [attempt(browser, f"user {n}") for n in range(6)] == [401] * 6
    assert from_address(app, second, "another") == (429 if is_the_same else 401)


def test_strangers_cannot_use_up_the_attempts_to_confirm(signed_in: Browser) -> None:
    assert [attempt(signed_in.another()) for _ in range(4)] == [401, 401, 401, 429]
    assert signed_in.post("/confirm", json={"password": PASSWORD}).status_code == 200
    assert signed_in.delete("/sessions").status_code == 200


def test_confirming_is_limited_too(signed_in: Browser) -> None:
    statuses = [
        signed_in.post("/confirm", json={"password": word}).status_code
        for word in ("x", "x", "x", PASSWORD)
    ]
    assert statuses == [401, 401, 401, 429]
    assert (
        sign_in(signed_in).post("/confirm", json={"password": PASSWORD}).status_code
        == 200
    )


def test_somebody_elses_password_confirms_nothing(
    signed_in: Browser, people: People
) -> None:
    ada, grace = people.rows
    people.rows = [
        Person(1, "grace", ada.hashed),
        grace,
    ]  # whose name and password find grace
    people.rows.reverse()
    assert signed_in.post("/confirm", json={"password": PASSWORD}).status_code == 401


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(
    browser: Browser,
) -> None:
    unknown, wrong = (
        browser.post("/session", json=WRONG | {"name": name})
        for name in ("nobody", "ada")
    )
    assert unknown.status_code == wrong.status_code == 401
    assert (unknown.content, unknown.headers) == (wrong.content, wrong.headers)
