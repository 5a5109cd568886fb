"""Signing in and out. How a session lasts and ends is tested in `tests/kit/sessions`."""

import time

import pytest
from fastapi import FastAPI

from app.settings import Settings
from app.sign_in import SESSION
from tests.conftest import CREDENTIALS, PASSWORD
from tests.kit import checks
from tests.kit.browser import Browser
from tests.test_app import REQUESTS


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Yours, with the limits that these tests are about."""
    limits = {
        "session_idle_limit": 60 * 60,
        "session_absolute_limit": 24 * 60 * 60,
        "session_fresh_for": 10 * 60,
        "sign_in_limit_per_user": "10 per 10 minutes",
        "sign_in_limit_per_address": "100 per 10 minutes",
    }
    return settings.model_copy(update=limits)


def test_who_signs_in_is_known_until_signing_out(browser: Browser) -> None:
    assert browser.get("/session").status_code == 401
    assert browser.post("/session", json=CREDENTIALS).json()["user"] == "ada"
    assert browser.get("/session").json()["user"] == "ada"
    assert browser.delete("/session").status_code == 204
    assert browser.get("/session").status_code == 401
    assert browser.value(SESSION.name) is None


def status_of(browser: Browser, token: str | None) -> int:
    """Return what somebody else who has this token is answered."""
    headers = {"Cookie": f"{SESSION.name}={token}"}
    return browser.another().get("/session", headers=headers).status_code


def test_v7_2_4_signing_in_again_ends_the_session_before(signed_in: Browser) -> None:
    before = signed_in.value(SESSION.name)
    assert status_of(signed_in, before) == 200
    assert signed_in.post("/session", json=CREDENTIALS).status_code == 201
    assert status_of(signed_in, before) == 401


def test_v7_4_1_v14_3_1_signing_out_ends_the_session_and_clears_what_the_browser_kept(
    signed_in: Browser,
) -> None:
    before = signed_in.value(SESSION.name)
    answer = signed_in.delete("/session")
    assert {'"cache"', '"storage"'} <= {*answer.headers["clear-site-data"].split(", ")}
    assert status_of(signed_in, before) == 401


@pytest.mark.parametrize(
    "wrong", [{"username": "ada", "password": "wrong"}, {"username": "eve", "password": PASSWORD}]
)
def test_a_wrong_name_or_password_signs_nobody_in(browser: Browser, wrong: dict[str, str]) -> None:
    assert browser.post("/session", json=wrong).status_code == 401
    assert browser.get("/session").status_code == 401


def test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_out_of_reach_of_scripts_and_other_hosts(
    browser: Browser,
) -> None:
    received = browser.received(browser.post("/session", json=CREDENTIALS))
    [cookie] = [each for each in received if each.name == SESSION.name]
    assert cookie.name.startswith("__Host-")
    assert {"secure", "httponly"} <= cookie.attributes.keys()
    assert cookie.attributes["samesite"] in {"lax", "strict"}
    assert len(cookie.name) + len(cookie.value) <= 4096
    assert browser.document_cookie() == {}


@pytest.mark.parametrize("path", ["/session", "/session/confirm"])
def test_guessing_at_a_password_is_soon_refused(signed_in: Browser, path: str) -> None:
    wrong = CREDENTIALS | {"password": "wrong"}
    statuses = [signed_in.post(path, json=wrong).status_code for _ in range(11)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert signed_in.post(path, json=CREDENTIALS).status_code == 429


def test_no_password_is_endless(browser: Browser) -> None:
    for length, status in ((1025, 422), (20_000, 413)):
        answer = browser.post("/session", json=CREDENTIALS | {"password": "x" * length})
        assert answer.status_code == status


def test_v7_2_4_confirming_gives_a_new_token(signed_in: Browser) -> None:
    before = signed_in.value(SESSION.name)
    answer = signed_in.post("/session/confirm", json={"password": PASSWORD})
    assert (answer.status_code, answer.json()["user"]) == (200, "ada")
    assert signed_in.value(SESSION.name) not in {None, before}
    assert status_of(signed_in, before) == 401


def test_v7_5_2_sessions_end_only_soon_after_the_password(app: FastAPI, signed_in: Browser) -> None:
    [listed] = signed_in.get("/sessions").json()
    app.state.sessions.clock = lambda: time.time() + 10 * 60
    for path in ("/sessions", f"/sessions/{listed['id']}"):
        assert signed_in.delete(path).status_code == 403
    signed_in.post("/session/confirm", json={"password": PASSWORD})
    assert signed_in.delete("/sessions").status_code == 204


def test_v7_5_2_nobody_ends_the_sessions_of_others(signed_in: Browser) -> None:
    grace = signed_in.another()
    grace.post("/session", json=CREDENTIALS | {"username": "grace"})
    [listed] = signed_in.get("/sessions").json()
    assert grace.delete(f"/sessions/{listed['id']}").status_code == 404
    assert grace.delete("/sessions").status_code == 204
    assert signed_in.get("/session").json()["user"] == "ada"
    assert signed_in.delete(f"/sessions/{listed['id']}").status_code == 204
    assert signed_in.value(SESSION.name) is None


def test_others_of_my_sessions_are_listed_and_end(signed_in: Browser) -> None:
    other = signed_in.another()
    other.post("/session", json=CREDENTIALS)
    listed = signed_in.get("/sessions").json()
    assert [each["is_this_one"] for each in listed].count(True) == 1
    assert len(listed) == 2
    assert signed_in.delete("/sessions").status_code == 204
    assert other.get("/session").status_code == 401
    assert signed_in.get("/session").status_code == 200


def test_v3_5_3_v3_5_6_safe_methods_change_nothing_and_answer_without_jsonp(
    app: FastAPI, signed_in: Browser
) -> None:
    now = time.time()
    app.state.sessions.clock = lambda: now  # Each minute, a use of the session is noted.
    before = signed_in.get("/sessions").json()
    paths = [path for path in app.openapi()["paths"] if REQUESTS.get(("GET", path), {}) is not None]
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            checks.ask(signed_in, method, path)
            assert signed_in.value(SESSION.name) is not None
            _, text = checks.ask(signed_in, method, path, params={"callback": "jsonp"})
            assert "jsonp(" not in text, path
    assert signed_in.get("/sessions").json() == before
