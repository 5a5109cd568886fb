"""The rules of a session, as a browser meets them."""

import base64
import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from app.kit.sessions import SessionEndedError, Sessions
from app.kit.sessions.store import Record
from tests.kit.browser import Browser
from tests.kit.sessions.example import (
    CREDENTIALS,
    PASSWORD,
    SESSION,
    Basket,
    Clock,
    People,
    Person,
    Settings,
    sign_in,
    token_of,
    with_token,
)

IDLE, ABSOLUTE, FRESH = 60 * 60, 24 * 60 * 60, 10 * 60
AnySessions = Sessions[Person, Basket]


def living(browser: Browser) -> int:
    return len(browser.get("/sessions").json())


# Starting


def test_v3_3_4_only_an_http_only_cookie_carries_the_token(browser: Browser) -> None:
    answer = browser.post("/session", json=CREDENTIALS)
    [cookie] = browser.received(answer)
    assert "httponly" in cookie.attributes
    answers = [answer, browser.get("/session"), browser.get("/sessions")]
    shown = [
        [each.text, *(v for k, v in each.headers.items() if k != "set-cookie")]
        for each in answers
    ]
    assert cookie.value not in str(shown)


def test_v7_2_1_only_the_server_makes_tokens(signed_in: Browser) -> None:
    token, [listed] = token_of(signed_in), signed_in.get("/sessions").json()
    others = [
        secrets.token_urlsafe(32),
        ("B" if token[0] == "A" else "A") + token[1:],
        token[:-1],
        token + "A",
        token * 90,
        "",
        f'"{token}"',
        token.replace(token[5], "%", 1),
        listed["id"],
        listed["id"] + ".",
        listed["id"] + "." + secrets.token_urlsafe(32),
        listed["id"] + "." + token_of(sign_in(signed_in)).partition(".")[2],
        token.partition(".")[2],
    ]
    assert {with_token(signed_in, other) for other in others} == {401}
    assert with_token(signed_in, token) == 200


def test_v7_2_1_of_two_cookies_of_the_name_none_counts(signed_in: Browser) -> None:
    name, pair = SESSION.name, f"{SESSION.name}={token_of(signed_in)}"
    for header in (f"{name}=x; {pair}", f"{pair};{name}=x"):
        assert signed_in.get("/session", headers={"Cookie": header}).status_code == 401
    for header in (f"a=b; {pair}; c=d", f"evil{name}=x; {pair}", f"x {name}=x;{pair}"):
        assert signed_in.get("/session", headers={"Cookie": header}).status_code == 200


def test_v7_2_2_a_token_that_an_attacker_chose_is_not_adopted(browser: Browser) -> None:
    chosen = secrets.token_urlsafe(32)
    browser.post(
        "/session", json=CREDENTIALS, headers={"Cookie": f"{SESSION.name}={chosen}"}
    )
    assert token_of(browser) != chosen
    assert with_token(browser, chosen) == 401


class Nowhere:
    async def add(self, record: Record, expires_at: int, replaces: object) -> None: ...


@pytest.mark.anyio
async def test_v7_2_3_no_bit_of_a_token_follows_from_others(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = Sessions(Nowhere(), people, Basket, Settings())  # type: ignore[arg-type]
    drawn, draw, rows = list[int](), os.urandom, []

    def urandom(count: int) -> bytes:
        drawn.append(count)
        return draw(count)

    for name in ("os.urandom", "random._urandom"):  # where all that is safe comes from
        monkeypatch.setattr(name, urandom)
    for _ in range(300):
        drawn.clear()
        token, _ = await everybody.start(people.rows[0], "", None)
        assert max(drawn, default=0) >= 32
        secret = token.partition(".")[2]
        rows.append(int.from_bytes(base64.urlsafe_b64decode(secret + "="), "big"))
    # If all 256 bits are independent, the matrix of so many tokens has full rank.
    rank = 0
    while rows:
        row = rows.pop()
        if row:
            rank += 1
            low = row & -row
            rows = [each ^ row if each & low else each for each in rows]
    assert rank == 256


def test_v7_2_3_only_the_hash_of_a_token_is_stored(
    signed_in: Browser, store_url: str
) -> None:
    with closing(sqlite3.connect(store_url.removeprefix("sqlite:///"))) as connection:
        dump = "\n".join(connection.iterdump())
    session_id, _, secret = token_of(signed_in).partition(".")
    assert session_id in dump
    assert secret not in dump


def test_v7_2_4_signing_in_issues_a_new_token_and_ends_the_old(
    signed_in: Browser,
) -> None:
    old = token_of(signed_in)
    for name in ("ada", "grace"):
        credentials = CREDENTIALS | {"name": name}
        assert signed_in.post("/session", json=credentials).status_code == 201
        assert with_token(signed_in, old) == 401
        assert living(signed_in) == 1
        old = token_of(signed_in)


def test_v7_2_4_confirming_issues_a_new_token_and_ends_the_old(
    signed_in: Browser, clock: Clock
) -> None:
    old, start = token_of(signed_in), clock.time
    clock.time += 60
    confirmed = signed_in.post("/confirm", json={"password": PASSWORD})
    assert confirmed.json() == [start, clock.time]
    assert token_of(signed_in) != old
    assert with_token(signed_in, old) == 401
    assert with_token(signed_in, token_of(signed_in)) == 200


def test_confirming_with_a_wrong_password_changes_nothing(signed_in: Browser) -> None:
    response = signed_in.post("/confirm", json={"password": "wrong"})
    assert (response.status_code, "set-cookie" in response.headers) == (401, False)
    assert signed_in.get("/session").status_code == 200


# Lasting


def test_v7_3_1_a_session_ends_when_it_was_idle(
    signed_in: Browser, clock: Clock
) -> None:
    for _ in range(3):
        clock.time += IDLE - 1
        assert signed_in.get("/session").status_code == 200
    clock.time += IDLE
    assert signed_in.get("/session").status_code == 401


def test_v7_3_2_a_session_ends_however_active_it_is(
    signed_in: Browser, clock: Clock
) -> None:
    start = clock.time
    while clock.time < start + ABSOLUTE - IDLE:
        clock.time += IDLE // 2
        assert signed_in.get("/session").status_code == 200
    assert signed_in.post("/confirm", json={"password": PASSWORD}).status_code == 200
    clock.time = start + ABSOLUTE - 1
    assert signed_in.get("/session").status_code == 200
    clock.time = start + ABSOLUTE
    assert signed_in.get("/session").status_code == 401


@pytest.mark.anyio
async def test_v7_3_1_looking_at_a_session_does_not_count_as_use(
    everybody: AnySessions, people: People, clock: Clock
) -> None:
    token, session = await everybody.start(people.rows[0], "", None)
    clock.time += IDLE - 1
    assert await everybody.reread(session)
    assert len(await everybody.of_user(1)) == 1
    clock.time += 1
    assert await everybody.find(token) is None
    await everybody.store.close()


# Ending


def test_v7_4_1_signing_out_ends_the_session_on_the_server(signed_in: Browser) -> None:
    token = token_of(signed_in)
    assert signed_in.delete("/session").status_code == 204
    assert signed_in.value(SESSION.name) is None
    for path in ("/session", "/sessions", "/basket"):
        assert with_token(signed_in, token, path) == 401
    assert signed_in.delete("/session").status_code == 204


def test_v14_3_1_signing_out_clears_what_the_browser_kept(signed_in: Browser) -> None:
    response = signed_in.delete("/session")
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    assert [cookie.is_deletion for cookie in signed_in.received(response)] == [True]


def remove(people: People) -> None:
    del people.rows[0]


def change_password(people: People) -> None:
    people.rows[0] = Person(1, "ada", "another hash")


@pytest.mark.parametrize("change", [remove, change_password])
def test_v7_4_2_v7_4_3_without_the_user_or_the_password_sessions_are_refused(
    signed_in: Browser, people: People, change: Callable[[People], None]
) -> None:
    grace, before = sign_in(signed_in, "grace"), people.rows[0]
    change(people)
    for path in ("/session", "/sessions"):
        assert signed_in.get(path).status_code == 401
    assert grace.get("/session").json() == "grace"
    # Refused, not removed: during a deployment, another instance may know the user.
    people.rows[0] = before
    if change is change_password:
        assert signed_in.get("/session").status_code == 200


@pytest.mark.parametrize("how", ["DELETE", "POST"])
def test_v7_2_4_v7_4_1_signing_out_or_in_ends_a_session_that_is_refused_here(
    signed_in: Browser, people: People, how: str
) -> None:
    token, before = token_of(signed_in), people.rows[0]
    change_password(people)
    body = CREDENTIALS | {"name": "grace"}
    assert signed_in.request(how, "/session", json=body).status_code in {201, 204}
    # Another instance, which does not know of the change yet, takes it no longer.
    people.rows[0] = before
    assert with_token(signed_in, token) == 401


def test_v7_5_2_users_see_their_sessions(signed_in: Browser, clock: Clock) -> None:
    clock.time += 60
    phone = signed_in.another()
    phone.post(
        "/session", json=CREDENTIALS, headers={"User-Agent": "Phone" + "!" * 500}
    )
    sign_in(signed_in, "grace")
    newer, older = phone.get("/sessions").json()
    assert newer["browser"] == "Phone" + "!" * 195
    assert newer["created_at"] == older["created_at"] + 60
    clock.time += IDLE - 60
    assert [each["id"] for each in phone.get("/sessions").json()] == [newer["id"]]


def test_v7_5_2_users_end_one_of_their_sessions(
    signed_in: Browser, clock: Clock
) -> None:
    clock.time += 1
    phone, grace = sign_in(signed_in), sign_in(signed_in, "grace")
    newer = phone.get("/sessions").json()[0]["id"]
    assert grace.delete(f"/sessions/{newer}").status_code == 404
    assert phone.get("/session").status_code == 200
    for session_id, status in ((newer, 200), (newer, 404), ("x", 404)):
        assert signed_in.delete(f"/sessions/{session_id}").status_code == status
    assert signed_in.get("/session").status_code == 200
    assert phone.get("/session").status_code == 401


def test_v7_4_3_v7_5_2_users_end_all_their_other_sessions(signed_in: Browser) -> None:
    others, grace = [sign_in(signed_in) for _ in range(3)], sign_in(signed_in, "grace")
    assert signed_in.delete("/sessions").json() == 3
    assert [other.get("/session").status_code for other in others] == [401] * 3
    assert signed_in.get("/session").status_code == 200
    assert grace.get("/session").status_code == 200


def test_v7_1_2_a_user_has_any_number_of_sessions(signed_in: Browser) -> None:
    others = [sign_in(signed_in) for _ in range(12)]
    assert living(others[-1]) == 13


# Carrying data


def test_a_session_carries_data_and_keeps_it_when_it_is_confirmed(
    signed_in: Browser,
) -> None:
    assert [signed_in.post("/basket").json() for _ in range(3)] == [1, 2, 3]
    signed_in.post("/confirm", json={"password": PASSWORD})
    assert signed_in.get("/basket").json() == 3
    # A new session starts with nothing in it.
    signed_in.post("/session", json=CREDENTIALS)
    assert signed_in.get("/basket").json() == 0


@pytest.mark.anyio
async def test_v7_4_1_a_change_does_not_revive_a_session(
    everybody: AnySessions, people: People
) -> None:
    token, session = await everybody.start(people.rows[0], "", None)
    await everybody.stop(session.record)
    with pytest.raises(SessionEndedError) as ended:
        await session.update(lambda data: data)
    assert ended.value.status_code == 401
    with pytest.raises(SessionEndedError):
        await everybody.renew(session)
    assert await everybody.find(token) is None
    await everybody.store.close()


def test_v7_1_1_the_limits_are_no_longer_than_nists() -> None:
    settings = Settings()
    assert settings.session_idle_limit <= 60 * 60
    assert settings.session_absolute_limit <= 24 * 60 * 60
    assert settings.session_fresh_for <= 10 * 60
    # At most 100 failed attempts in a row (SP 800-63B-4, section 3.2.2).
    assert settings.sign_in_limit_per_user == "10 per 10 minutes"
    assert settings.sign_in_limit_per_address == "100 per 10 minutes"
