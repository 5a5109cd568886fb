"""The session's cookie and page, as they travel."""

import logging
import re
from pathlib import Path

import pytest

from app.cookies import SESSION
from app.declaration import DECLARED
from app.settings import Settings
from tests.browser import Browser
from tests.conftest import CREDENTIALS, PASSWORD

PROJECT = Path(__file__).parent.parent.parent
ATTRIBUTES = {"httponly": "", "path": "/", "samesite": "lax", "secure": ""}


def test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_what_it_should_be(
    browser: Browser,
) -> None:
    [cookie] = browser.received(browser.post("/session", json=CREDENTIALS))
    assert cookie.name == "__Host-Http-session"
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie.value)
    assert cookie.attributes == ATTRIBUTES
    assert len(cookie.name) + len(cookie.value) < 4096


def test_v3_3_3_signing_out_sends_the_same_attributes(signed_in: Browser) -> None:
    [cookie] = signed_in.received(signed_in.delete("/session"))
    expected = ATTRIBUTES | {"max-age": "0", "expires": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert cookie.attributes == expected


def test_v3_3_2_every_cookie_says_with_which_requests_it_is_sent() -> None:
    assert all("SameSite=" in cookie.attributes for cookie in DECLARED.values())


def test_v3_3_4_only_the_cookie_carries_the_token(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    signed_in = browser.post("/session", json=CREDENTIALS)
    token = browser.value(SESSION.name)
    assert token is not None
    answers = [
        signed_in,
        browser.get("/session"),
        browser.get("/sessions"),
        browser.post("/session", json={"username": token}),
        browser.get("/openapi.json"),
        browser.delete("/sessions/none"),
    ]
    for answer in answers:
        headers = [value for name, value in answer.headers.items() if name != "set-cookie"]
        assert token not in answer.text + str(headers)
    assert token not in caplog.text
    assert browser.document_cookie().keys() == set()


def test_v3_5_6_nothing_answers_with_jsonp(signed_in: Browser) -> None:
    for path in ("/session", "/sessions", "/preferences", "/health"):
        plain = signed_in.get(path)
        wrapped = signed_in.get(path + "?callback=x&jsonp=x")
        assert wrapped.content == plain.content
        assert wrapped.headers["content-type"] == "application/json"


@pytest.fixture
def scripts(browser: Browser) -> dict[str, str]:
    """The scripts of the page."""
    paths = re.findall(r'src="([^"]+)"', browser.get("/").text)
    return {path: browser.get(path).text for path in paths}


def test_v3_5_5_v14_3_3_scripts_take_no_messages_and_store_nothing(
    scripts: dict[str, str],
) -> None:
    assert len(scripts) == 2
    for text in scripts.values():
        assert not re.search(r"onmessage|[\"']message[\"']|postMessage", text)
        assert not re.search(r"localStorage|sessionStorage|indexedDB|caches\\.|cookie *=[^=]", text)


def test_v3_5_7_scripts_are_the_same_for_everybody(
    scripts: dict[str, str], signed_in: Browser
) -> None:
    assert {path: signed_in.get(path).text for path in scripts} == scripts


def test_v14_3_3_no_cookie_holds_anything_about_the_user(signed_in: Browser) -> None:
    signed_in.get("/welcome")
    assert {cookie.name for cookie in signed_in.stored.values()} == {SESSION.name, "locale"}
    assert not any("ada" in cookie.value for cookie in signed_in.stored.values())


def test_v7_4_4_v14_3_1_the_page_offers_to_sign_out_and_forgets_who_it_was(
    browser: Browser, scripts: dict[str, str]
) -> None:
    page = browser.get("/").text
    assert re.search(r'<button[^>]* id="sign-out"[^>]*>Sign out</button>', page)
    assert 'signInOrOut("DELETE")' in scripts["/page.js"]
    # Whatever was shown is read anew from the server, which no longer says anything.
    assert "location.reload()" in scripts["/page.js"]


def test_v7_1_1_the_limits_are_documented_and_no_longer_than_nists() -> None:
    settings = Settings()
    text = " ".join((PROJECT / ".env.example").read_text("utf-8").replace("#", " ").split())
    assert "NIST SP 800-63B-4" in text
    assert f"{settings.session_idle_limit} and {settings.session_absolute_limit} seconds" in text
    assert settings.session_idle_limit <= 60 * 60
    assert settings.session_absolute_limit <= 24 * 60 * 60


def test_v7_1_2_a_user_has_any_number_of_sessions_and_that_is_documented(
    browser: Browser,
) -> None:
    for _ in range(5):
        assert browser.another().post("/session", json=CREDENTIALS).status_code == 201
    last = browser.another()
    last.post("/session", json={"username": "ada", "password": PASSWORD})
    assert len(last.get("/sessions").json()) == 6
    text = " ".join((PROJECT / ".env.example").read_text("utf-8").replace("#", " ").split())
    assert "A user may have any number of sessions" in text
