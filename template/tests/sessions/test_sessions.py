"""Sessions as a browser meets them, on each engine."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from fastapi import FastAPI
from httpx2 import Response

from app.cookies import SESSION
from app.sessions import CurrentSession, SessionData, Sessions, SessionsDep
from app.sessions.store import Record
from app.users import User, Users
from tests.kit.browser import Browser
from tests.conftest import CREDENTIALS, PASSWORD, Clock
from tests.servers import Server

IDLE, ABSOLUTE, FRESH = 60 * 60, 24 * 60 * 60, 10 * 60


def sign_in(browser: Browser, **credentials: str) -> Browser:
    """Return another browser, in which somebody has signed in."""
    other = browser.another()
    assert other.post("/session", json=CREDENTIALS | credentials).status_code == 201
    return other


def token_of(browser: Browser) -> str:
    token = browser.value(SESSION.name)
    assert token is not None
    return token


def with_token(browser: Browser, token: str) -> Response:
    """Ask who is signed in with a cookie of one's own making."""
    return browser.another().get("/session", headers={"Cookie": f"{SESSION.name}={token}"})


# Starting


def test_signing_in_says_who_it_is_and_sets_the_cookie(browser: Browser, clock: Clock) -> None:
    response = browser.post("/session", json=CREDENTIALS)
    assert response.status_code == 201
    assert response.json() == browser.get("/session").json()
    assert response.json()["user"] == "ada"
    assert [cookie.name for cookie in browser.received(response)] == [SESSION.name]


def test_v7_2_1_only_the_server_makes_tokens(signed_in: Browser, server: Server) -> None:
    token = token_of(signed_in)
    [listed] = signed_in.get("/sessions").json()
    others = [
        secrets.token_urlsafe(32),
        ("B" if token[0] == "A" else "A") + token[1:],
        token[:-1],
        token + "A",
        token * 90,
        "",
        '"' + token + '"',
        token.replace(token[5], "%", 1),
        listed["id"],
        listed["id"][:43],
    ]
    assert [with_token(signed_in, other).status_code for other in others] == [401] * len(others)
    assert with_token(signed_in, token).status_code == 200
    assert signed_in.delete("/session").status_code == 204
    assert with_token(signed_in, token).status_code == 401


def test_v7_2_2_a_token_that_an_attacker_chose_is_not_adopted(browser: Browser) -> None:
    chosen = secrets.token_urlsafe(32)
    header = {"Cookie": f"{SESSION.name}={chosen}"}
    response = browser.post("/session", json=CREDENTIALS, headers=header)
    assert response.status_code == 201
    assert token_of(browser) != chosen
    assert with_token(browser, chosen).status_code == 401


def test_v7_2_1_of_two_cookies_of_the_name_none_counts(signed_in: Browser) -> None:
    pair = f"{SESSION.name}={token_of(signed_in)}"
    name = SESSION.name
    for header in (f"{pair}; {pair}", f"{name}=x; {pair}", f"{pair};{name}=x"):
        assert signed_in.get("/session", headers={"Cookie": header}).status_code == 401
    for header in (f"a=b; {pair}; c=d", f"evil{name}=x; {pair}", f"x {name}=x;{pair}"):
        assert signed_in.get("/session", headers={"Cookie": header}).status_code == 200


def test_v7_2_3_a_token_has_256_random_bits_and_only_its_hash_is_stored(
    browser: Browser, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    make = secrets.token_urlsafe

    def noting(size: int) -> str:
        asked.append(size)
        return make(size)

    monkeypatch.setattr(secrets, "token_urlsafe", noting)
    tokens = [token_of(sign_in(browser)) for _ in range(3)]
    assert asked == [32] * 3
    assert len(set(tokens)) == 3
    dump = server.dump()
    assert "ada" in dump
    assert not any(token in dump for token in tokens)


def test_v7_2_4_signing_in_issues_a_new_token_and_ends_the_old(signed_in: Browser) -> None:
    old = token_of(signed_in)
    assert signed_in.post("/session", json=CREDENTIALS).status_code == 201
    assert token_of(signed_in) != old
    assert with_token(signed_in, old).status_code == 401
    assert len(signed_in.get("/sessions").json()) == 1


def test_v7_2_4_confirming_issues_a_new_token_and_ends_the_old(
    signed_in: Browser, clock: Clock
) -> None:
    old, before = token_of(signed_in), signed_in.get("/session").json()
    clock.time += 60
    response = signed_in.post("/session/confirm", json={"password": PASSWORD})
    assert response.status_code == 200
    assert with_token(signed_in, old).status_code == 401
    after = signed_in.get("/session").json()
    assert after == response.json()
    assert after["created_at"] == before["created_at"]
    assert after["confirmed_at"] > before["confirmed_at"]


def test_confirming_with_a_wrong_password_changes_nothing(signed_in: Browser) -> None:
    token = token_of(signed_in)
    response = signed_in.post("/session/confirm", json={"password": "wrong"})
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert with_token(signed_in, token).status_code == 200


# Lasting


def test_v7_3_1_a_session_ends_when_it_was_idle(signed_in: Browser, clock: Clock) -> None:
    for _ in range(3):
        clock.time += IDLE - 1
        assert signed_in.get("/session").status_code == 200
    clock.time += IDLE
    assert signed_in.get("/session").status_code == 401


def test_v7_3_2_a_session_ends_however_active_it_is(signed_in: Browser, clock: Clock) -> None:
    start = clock.time
    while clock.time < start + ABSOLUTE - IDLE:
        clock.time += IDLE // 2
        assert signed_in.get("/session").status_code == 200
    assert signed_in.post("/session/confirm", json={"password": PASSWORD}).status_code == 200
    clock.time = start + ABSOLUTE - 1
    assert signed_in.get("/session").status_code == 200
    clock.time = start + ABSOLUTE
    assert signed_in.get("/session").status_code == 401
    assert signed_in.get("/sessions").status_code == 401


def test_reading_writes_once_a_minute_at_most(
    signed_in: Browser, app: FastAPI, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: Sessions = app.state.sessions
    written: list[int] = []
    touch = sessions.store.touch

    async def noting(record: Record, expires_at: int) -> None:
        written.append(record.seen_at)
        await touch(record, expires_at)

    monkeypatch.setattr(sessions.store, "touch", noting)
    start = clock.time
    for seconds in (0, 30, 59, 60, 61, 119, 120):
        clock.time = start + seconds
        signed_in.get("/session")
    assert written == [start + 60, start + 120]


def test_looking_at_the_list_does_not_count_as_using_a_session(
    signed_in: Browser, clock: Clock
) -> None:
    phone, start = sign_in(signed_in), clock.time
    clock.time += IDLE // 2
    listed = signed_in.get("/sessions").json()
    assert min(each["seen_at"] for each in listed) != max(each["seen_at"] for each in listed)
    clock.time = start + IDLE
    assert phone.get("/session").status_code == 401


# Ending


def test_v7_4_1_signing_out_ends_the_session_on_the_server(
    signed_in: Browser, server: Server
) -> None:
    token = token_of(signed_in)
    assert signed_in.delete("/session").status_code == 204
    assert signed_in.value(SESSION.name) is None
    assert with_token(signed_in, token).status_code == 401
    assert (
        signed_in.another()
        .post(
            "/session/confirm",
            json={"password": PASSWORD},
            headers={"Cookie": f"{SESSION.name}={token}"},
        )
        .status_code
        == 401
    )
    assert "Mozilla" not in server.dump()


def test_signing_out_works_for_whoever_is_not_signed_in(browser: Browser) -> None:
    assert browser.delete("/session").status_code == 204


def test_v14_3_1_signing_out_clears_what_the_browser_kept(signed_in: Browser) -> None:
    response = signed_in.delete("/session")
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    [cookie] = signed_in.received(response)
    assert (cookie.name, cookie.is_deletion) == (SESSION.name, True)


def remove_user(users: Users) -> None:
    del users._users["ada"]


def change_password(users: Users) -> None:
    users._users["ada"] = User("ada", "another hash")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(remove_user, id="removed"),
        pytest.param(change_password, id="with another password"),
    ],
)
def test_v7_4_2_v7_4_3_the_sessions_of_a_user_end_who_is(
    signed_in: Browser, app: FastAPI, change: Callable[[Users], None]
) -> None:
    grace = sign_in(signed_in, username="grace")
    token = token_of(signed_in)
    users: Users = app.state.sessions.users
    before = users._users["ada"]
    change(users)
    assert with_token(signed_in, token).status_code == 401
    assert grace.get("/session").status_code == 200
    # As it was: the session is gone all the same.
    users._users["ada"] = before
    assert with_token(signed_in, token).status_code == 401


def test_v7_5_2_users_see_their_sessions(signed_in: Browser, app: FastAPI, clock: Clock) -> None:
    clock.time += 60
    phone = signed_in.another()
    phone.post("/session", json=CREDENTIALS, headers={"User-Agent": "Phone" + "!" * 500})
    sign_in(signed_in, username="grace")
    newer, older = phone.get("/sessions").json()
    assert newer["browser"] == "Phone" + "!" * 195
    assert (newer["is_this_one"], older["is_this_one"]) == (True, False)
    assert newer["created_at"] > older["created_at"]
    assert set(newer) == {"id", "created_at", "seen_at", "browser", "is_this_one"}


def test_v7_5_2_users_end_one_of_their_sessions(signed_in: Browser, app: FastAPI) -> None:
    phone = sign_in(signed_in)
    [phone_id] = [each["id"] for each in phone.get("/sessions").json() if each["is_this_one"]]
    grace = sign_in(signed_in, username="grace")
    assert grace.delete(f"/sessions/{phone_id}").status_code == 404
    assert phone.get("/session").status_code == 200
    response = signed_in.delete(f"/sessions/{phone_id}")
    assert (response.status_code, "set-cookie" in response.headers) == (204, False)
    assert phone.get("/session").status_code == 401
    assert signed_in.delete(f"/sessions/{phone_id}").status_code == 404
    assert signed_in.delete("/sessions/nonsense").status_code == 404


def test_ending_ones_own_session_makes_the_browser_forget_it(signed_in: Browser) -> None:
    [mine] = signed_in.get("/sessions").json()
    assert signed_in.delete(f"/sessions/{mine['id']}").status_code == 204
    assert signed_in.value(SESSION.name) is None


def test_v7_5_2_users_end_all_their_other_sessions(signed_in: Browser, app: FastAPI) -> None:
    others = [sign_in(signed_in) for _ in range(3)]
    grace = sign_in(signed_in, username="grace")
    assert signed_in.delete("/sessions").status_code == 204
    assert [other.get("/session").status_code for other in others] == [401] * 3
    assert signed_in.get("/session").status_code == grace.get("/session").status_code == 200


def test_v7_5_3_ending_sessions_needs_a_password_that_was_given_recently(
    signed_in: Browser, clock: Clock
) -> None:
    [mine] = signed_in.get("/sessions").json()
    clock.time += FRESH - 1
    assert signed_in.delete("/sessions").status_code == 204
    clock.time += 1
    for path in ("/sessions", f"/sessions/{mine['id']}"):
        response = signed_in.delete(path)
        assert response.status_code == 403
        assert "POST /session/confirm" in response.json()["detail"]
    assert signed_in.get("/session").status_code == 200
    signed_in.post("/session/confirm", json={"password": PASSWORD})
    assert signed_in.delete("/sessions").status_code == 204


# Carrying data


class Basket(SessionData):
    items: int = 0


@pytest.fixture
def shop(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """An app whose sessions carry data."""
    monkeypatch.setattr("app.sessions.session.SessionData", Basket)

    def put_in(data: SessionData) -> Basket:
        return Basket(items=cast("Basket", data).items + 1)

    @app.post("/basket")
    async def add(session: CurrentSession) -> int:
        return cast("Basket", (await session.update(put_in)).data).items

    @app.get("/basket")
    async def count(session: CurrentSession) -> int:
        return cast("Basket", session.data).items

    @app.post("/late")
    async def late(session: CurrentSession, sessions: SessionsDep) -> None:
        await sessions.end(session.id, session.user)
        await session.update(put_in)

    return app


def test_a_session_carries_data_and_keeps_it_when_it_is_confirmed(
    shop: FastAPI, signed_in: Browser
) -> None:
    assert [signed_in.post("/basket").json() for _ in range(3)] == [1, 2, 3]
    signed_in.post("/session/confirm", json={"password": PASSWORD})
    assert signed_in.get("/basket").json() == 3
    # A new session starts with nothing in it.
    signed_in.post("/session", json=CREDENTIALS)
    assert signed_in.get("/basket").json() == 0


def test_concurrent_requests_never_overwrite_each_other_silently(
    shop: FastAPI, signed_in: Browser
) -> None:
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: signed_in.post("/basket"), range(30)))
    stored = [answer.json() for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert len(stored) + len(refused) == 30
    assert sorted(stored) == list(range(1, len(stored) + 1))
    assert signed_in.get("/basket").json() == len(stored)


def test_whoever_is_always_too_late_gets_a_409(
    shop: FastAPI, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: Sessions = shop.state.sessions
    attempts: list[int] = []

    async def refuse(key: str, version: int, data: str) -> bool:
        attempts.append(version)
        return False

    monkeypatch.setattr(sessions.store, "change", refuse)
    assert signed_in.post("/basket").status_code == 409
    assert len(attempts) == 5


def test_v7_4_1_a_change_does_not_revive_a_session(shop: FastAPI, signed_in: Browser) -> None:
    assert signed_in.post("/late").status_code == 401
    assert signed_in.get("/session").status_code == 401


def test_data_that_this_version_cannot_read_means_signing_in_again(
    shop: FastAPI, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other(SessionData):
        needed: int

    monkeypatch.setattr("app.sessions.session.SessionData", Other)
    assert signed_in.get("/basket").status_code == 401


def test_a_renewal_that_is_always_too_late_gets_a_409(
    app: FastAPI, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: Sessions = app.state.sessions

    async def refuse(*_: object) -> bool:
        return False

    monkeypatch.setattr(sessions.store, "replace", refuse)
    response = signed_in.post("/session/confirm", json={"password": PASSWORD})
    assert (response.status_code, "set-cookie" in response.headers) == (409, False)
    assert signed_in.get("/session").status_code == 200
