"""A cookie that a sibling subdomain tosses over plain HTTP is never taken for one of ours."""

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browsers.chromium import fetch, jar, sign_in
from tests.browsers.conftest import Serve
from tests.browsers.servers import PARENT, SIBLING, Answer, App, Site

IN_FRONT = ["", " ", "\t", "\v", "\xa0", "\x85", "\u2003", "\ufeff", "=", "\xa0=", "x;"]
"""What can stand in front of a name, so that some parser may take it for the name itself."""
RAW = [b"\xa0", b"\x85", b"\xa0\x85", b"\x1c"]
"""The same, as bytes that are no UTF-8, which only a header can hold."""
TAKEN_BY_STARLETTE = b"\xa0"

SET = """(cookies) => { for (const each of cookies) document.cookie = each; }"""


def toss(victim: BrowserContext, site: Site, name: str, value: str, raw: list[bytes]) -> None:
    """Let a page of the sibling set cookies for the whole domain: by script, and by header."""
    attributes = f"={value}; Domain={PARENT}; Path=/"
    names = [front + each for front in IN_FRONT for each in (name, name.upper(), f"{name} ")]
    longer = [f"{front}{name}{attributes}session" for front in IN_FRONT]
    headers = [f"{each}{attributes}".encode() for each in names if "\v" not in each]
    headers += [each + f"{name}{attributes}".encode() for each in raw]
    site.answers["/toss"] = Answer(headers=[b"Set-Cookie: " + each for each in headers])
    page = victim.new_page()
    page.goto(site.url(SIBLING, "/toss"))
    page.evaluate(SET, [each + attributes for each in names] + longer)
    page.close()


def cookie_header(page: Page, app: App) -> bytes:
    """Return the Cookie header that this visitor sends to the app."""
    before = len(app.seen())
    fetch(page, "GET", "/preferences")
    return str(app.seen()[before]["cookie"]).encode("latin-1")


@pytest.fixture
def app(serve: Serve) -> App:
    return serve("temporal", "sessions")


@pytest.fixture
def page(app: App, visitor: BrowserContext) -> Page:
    page = visitor.new_page()
    page.goto(f"{app.origin}/private/page")
    return page


def test_a_tossed_session_signs_nobody_in(
    app: App, page: Page, chromium: Browser, http_site: Site
) -> None:
    with chromium.new_context() as context:
        attacker = context.new_page()
        attacker.goto(f"{app.origin}/private/page")
        sign_in(attacker, "grace")
        [session] = [each for each in jar(attacker) if each["name"].endswith("-session")]
        name, token = session["name"], session["value"]

        toss(page.context, http_site, name, token, RAW)
        sent = cookie_header(page, app)
        assert sent.count(token.encode()) > 3, "Chromium keeps some of them"
        assert fetch(page, "GET", "/session")[0] == 401
        assert fetch(page, "DELETE", "/session")[0] == 204
        assert fetch(attacker, "GET", "/session")[0] == 200

        sign_in(page, "ada")
        toss(page.context, http_site, name, token, RAW)
        assert token.encode() in cookie_header(page, app)
        assert json.loads(fetch(page, "GET", "/session")[1])["user"] == "ada"
        assert fetch(attacker, "GET", "/session")[0] == 200


def test_a_tossed_cookie_is_not_read_as_ours(app: App, page: Page, http_site: Site) -> None:
    toss(page.context, http_site, "__Host-tested", "evil", RAW)
    assert b"evil" in cookie_header(page, app)
    assert fetch(page, "GET", "/private/prefixed") == (200, "null")
    fetch(page, "PUT", "/private/prefixed")
    toss(page.context, http_site, "__Host-tested", "evil", RAW)
    assert b"evil" in cookie_header(page, app)
    assert fetch(page, "GET", "/private/prefixed") == (200, '"ours"')


def test_negative_control_starlettes_own_parser_takes_it(
    app: App, page: Page, http_site: Site
) -> None:
    toss(page.context, http_site, "__Host-tested", "evil", [TAKEN_BY_STARLETTE])
    taken = json.loads(fetch(page, "GET", "/private/starlettes")[1])
    assert taken.get("__Host-tested") == "evil"


def test_a_cookie_without_a_prefix_is_not_replaced_by_a_tossed_one(
    app: App, page: Page, http_site: Site, https_site: Site
) -> None:
    fetch(page, "PUT", "/preferences", {"theme": "dark", "text_size": 120})
    evil = quote('{"theme":"light","text_size":50}')
    # Over plain HTTP, Chromium leaves a Secure one alone (RFC 10025, section 5.7).
    toss(page.context, http_site, "preferences", evil, [])
    assert cookie_header(page, app).count(evil.encode()) > 3
    assert json.loads(fetch(page, "GET", "/preferences")[1])["theme"] == "dark"
    # Over https it comes beside ours, and nobody can tell which is which.
    toss(page.context, https_site, "preferences", evil, [])
    assert f"; preferences={evil}".encode() in cookie_header(page, app)
    assert json.loads(fetch(page, "GET", "/preferences")[1])["theme"] == "system"
