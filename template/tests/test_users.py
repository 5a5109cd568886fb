"""Who may sign in: the default users, and how sign-in is throttled."""

import time

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from fastapi import FastAPI

from app.main import create_app
from app.sessions import Sessions
from app.settings import Settings
from app.sign_in import _Counters, _network
from app.users import _NOBODY, HASHER, Users
from tests.kit.browser import Browser
from tests.conftest import CREDENTIALS, HASH, PASSWORD, Clock

UNKNOWN = {"username": "nobody", "password": PASSWORD}
WRONG = {"username": "ada", "password": "wrong"}


def test_hashes_are_argon2id_with_owasps_parameters() -> None:
    """OWASP's Password Storage Cheat Sheet: 19 MiB, two iterations, one degree of parallelism."""
    for hashed in (HASHER.hash(PASSWORD), _NOBODY):
        parameters = extract_parameters(hashed)
        assert parameters.type is Type.ID
        assert (parameters.memory_cost, parameters.time_cost) == (19456, 2)
        assert parameters.parallelism == 1


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(browser: Browser) -> None:
    answers = [browser.post("/session", json=body) for body in (UNKNOWN, WRONG)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers


@pytest.mark.anyio
async def test_an_unknown_user_and_a_wrong_password_take_the_same_time() -> None:
    users = Users({"ada": HASHER.hash(PASSWORD)})

    async def seconds(name: str) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            assert await users.authenticate(name, "wrong") is None
            times.append(time.perf_counter() - start)
        return min(times)

    # Without the hash that stands in, it is some hundred times as quick.
    assert await seconds("nobody") > await seconds("ada") / 3


@pytest.mark.anyio
async def test_a_hash_in_the_settings_that_is_damaged_lets_nobody_in() -> None:
    damaged = Users({"ada": HASH[:-4]})
    assert await damaged.authenticate("ada", PASSWORD) is None


def test_a_password_never_shows_in_an_answer(browser: Browser) -> None:
    for body in (
        {"username": "", "password": PASSWORD},
        {"password": PASSWORD},
        {"username": "ada", "password": [PASSWORD]},
        {"username": "ada", "password": PASSWORD * 100},
    ):
        response = browser.post("/session", json=body)
        assert response.status_code == 422
        assert PASSWORD not in response.text


@pytest.fixture
def settings(store_url: str) -> Settings:
    return Settings(
        session_store=store_url,
        users={"ada": HASH, "grace": HASH},
        sign_in_limit_per_user="3 per minute",
        sign_in_limit_per_address="6 per minute",
    )


def test_attempts_as_one_user_are_limited(browser: Browser, clock: Clock) -> None:
    clock.time = clock.time // 60 * 60 + 20
    statuses = [browser.post("/session", json=WRONG).status_code for _ in range(3)]
    assert statuses == [401] * 3
    refused = browser.post("/session", json=CREDENTIALS)
    assert refused.status_code == 429
    seconds = int(refused.headers["retry-after"])
    assert f"in {seconds} seconds" in refused.json()["detail"]
    assert browser.another().post("/session", json=CREDENTIALS | {"username": "grace"}).is_success
    clock.time += seconds
    assert browser.post("/session", json=CREDENTIALS).status_code == 201


def test_a_success_forgives_the_attempts_before_it(browser: Browser) -> None:
    for body in (WRONG, WRONG, CREDENTIALS, WRONG, WRONG, CREDENTIALS):
        status = browser.post("/session", json=body).status_code
        assert status == (201 if body is CREDENTIALS else 401)


def test_attempts_from_one_address_are_limited(app: FastAPI) -> None:
    def attempt(address: str, name: str) -> int:
        with Browser(app, client=(address, 50000)) as browser:
            body = {"username": name, "password": "wrong"}
            return browser.post("/session", json=body).status_code

    assert [attempt("192.0.2.1", f"user {n}") for n in range(7)] == [401] * 6 + [429]
    assert attempt("192.0.2.2", "user 7") == 401


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_whoever_has_a_network_has_no_more_attempts(address: str, counted_as: str) -> None:
    assert _network(address) == counted_as


def test_a_password_that_has_no_utf_8_form_is_a_wrong_one(browser: Browser) -> None:
    body = '{"username": "ada", "password": "\\ud800"}'
    headers = {"Content-Type": "application/json"}
    assert browser.post("/session", content=body, headers=headers).status_code == 401


def test_confirming_is_limited_too(signed_in: Browser) -> None:
    statuses = [
        signed_in.post("/session/confirm", json={"password": "wrong"}).status_code for _ in range(4)
    ]
    assert statuses == [401, 401, 401, 429]


def test_without_an_address_those_that_have_none_share_one(app: FastAPI) -> None:
    async def behind_a_socket(scope: dict[str, object], receive: object, send: object) -> None:
        scope["client"] = None
        await app(scope, receive, send)  # type: ignore[arg-type]

    with Browser(behind_a_socket) as browser:  # type: ignore[arg-type]
        assert browser.post("/session", json=CREDENTIALS).status_code == 201


@pytest.mark.anyio
async def test_the_counters_are_what_limits_expects_of_a_storage(app: FastAPI) -> None:
    sessions: Sessions = app.state.sessions
    counters = _Counters(sessions)
    assert await counters.check()
    with pytest.raises(counters.base_exceptions):
        await counters.reset()
    await sessions.store.close()


def test_without_users_nobody_signs_in(settings: Settings) -> None:
    with Browser(create_app(settings.model_copy(update={"users": {}}))) as browser:
        assert browser.post("/session", json=CREDENTIALS).status_code == 401
