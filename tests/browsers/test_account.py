"""Signing in on the page, my sessions, and what is left of either in the browser."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browsers.chromium import PASSWORD, arguments, fetch, jar
from tests.browsers.chromium import sign_in as sign_in_by_fetch
from tests.browsers.conftest import Serve
from tests.browsers.servers import APP, App, Certificate
from tests.browsers.visits import (
    FRESH_FOR,
    WINDOWS,
    Visits,
    answered,
    be_signed_in,
    first,
    here_now,
    hold,
    listed,
    notice_other_tabs,
    on_three_devices,
    settle,
    sign_in,
    sign_out_button,
    wait_until,
)
from tests.tools import chromium_executable

FAILED = {
    "away": "The server cannot do this at the moment. Try again in a few seconds.",
    "offline": "The server cannot be reached. Check your connection, and try again.",
}
# What a script could keep in a browser, and how to find it.
STORE = """async () => {
  localStorage.setItem("name", "ada");
  sessionStorage.setItem("name", "ada");
  await new Promise((resolve) => { indexedDB.open("ada").onsuccess = resolve; });
  await caches.open("ada");
}"""
STORED = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await caches.keys()),
  ...(await indexedDB.databases()).map((each) => each.name),
  ...(await navigator.serviceWorker.getRegistrations()),
]"""
SCRIPTS = """() => Promise.all(
  [...new Set(performance.getEntriesByType("resource").map((each) => each.name))]
    .filter((name) => name.endsWith(".js"))
    .map((name) => fetch(name, {cache: "reload"}).then((response) => response.text()))
)"""
IN_CACHE = """async (path) => {
  const options = {cache: "only-if-cached", mode: "same-origin"};
  return fetch(path, options).then((response) => response.ok, () => false);
}"""


@pytest.fixture(
    params=[
        pytest.param(("direct", "localhost"), id="direct-localhost"),
        pytest.param(("temporal", APP), id=f"temporal-{APP}", marks=pytest.mark.slow),
    ]
)
def app(request: pytest.FixtureRequest, serve: Serve) -> Iterator[App]:
    strategy, host = request.param
    app = serve(strategy, "sessions", secure=host != "localhost", host=host)
    yield app
    be_away(app, away=False)


def be_away(app: App, *, away: bool = True) -> None:
    """Let the session store be away, or back."""
    app.ask(f"/private/away?away={away}", "POST")


def status_with(app: App, cookies: list[dict[str, object]]) -> int:
    """Return what a thief of the session is answered."""
    [cookie] = [each for each in cookies if str(each["name"]).endswith("-session")]
    return app.request("GET", "/session", Cookie=f"{cookie['name']}={cookie['value']}")[0]


def assert_signed_out(page: Page, said: str = "You are signed out.") -> None:
    expect(page.locator("#sign-in")).to_be_visible()
    expect(page.locator("#account-status")).to_have_text(said)
    expect(page.locator("#user")).to_be_empty()
    expect(page.locator("#sessions li")).to_have_count(0)
    assert "ada" not in page.locator("main").inner_text()


def session_name(app: App) -> str:
    [name] = [
        each["name"] for each in app.ask("/private/declared") if each["name"].endswith("-session")
    ]
    return str(name)


# ---- Sign in -----------------------------------------------------------------------------


def test_signing_in_shows_who_is_signed_in_and_no_form(app: App, visits: Visits) -> None:
    page = visits.open(app)
    expect(page.locator("#signed-in")).to_be_hidden()
    expect(page.get_by_text("Nobody to sign in yet?")).to_be_visible(
        visible=app.host == "localhost"
    )
    session = here_now(page, session_name(app))
    expect(session).to_have_text("No")
    be_signed_in(page)
    expect(page.locator("#sign-in")).to_be_hidden()
    expect(page.locator("#sign-in [type=password]")).to_have_value("")
    expect(page.locator("#who")).to_be_focused()
    expect(session).to_have_text("Yes")
    page.reload()
    settle(page)
    expect(page.locator("#user")).to_have_text("ada")
    expect(page.locator("#sign-in")).to_be_hidden()


def test_a_wrong_password_is_said_where_it_was_typed(app: App, visits: Visits) -> None:
    page = visits.open(app)
    sign_in(page, "wrong")
    sentence = "No user has this name and this password. Check both."
    expect(page.locator("#sign-in").get_by_role("alert")).to_have_text(sentence)
    password = page.locator("#sign-in").get_by_label("Password")
    for field in (page.get_by_label("Name"), password):
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(sentence)
    expect(password).to_be_focused()
    page.keyboard.type(PASSWORD)  # over what was there
    page.keyboard.press("Enter")
    expect(page.locator("#user")).to_have_text("ada")
    assert page.url == f"{app.origin}/"
    sign_out_button(page).click()
    assert_signed_out(page)
    expect(page.get_by_label("Name")).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.slow
def test_after_too_many_attempts_the_time_left_is_said(app: App, visits: Visits) -> None:
    visits.expect(429)
    page = visits.open(app)
    for _ in range(10):
        fetch(page, "POST", "/session", {"username": "eve", "password": "wrong"})
    sign_in(page, "wrong", "eve")
    expect(page.locator("#sign-in-failed")).to_have_text(
        re.compile(r"^Too many attempts\. Try again in 10 minutes, at \d+:\d\d( [AP]M)?\.$")
    )
    # It is not the fields that are wrong.
    expect(page.get_by_label("Name")).not_to_have_attribute("aria-invalid", "true")


def test_failures_are_said_beside_what_failed(app: App, visits: Visits) -> None:
    visits.expect(503, "net::ERR_INTERNET_DISCONNECTED")
    page = visits.open(app)
    for failure in FAILED:
        fail(app, page, failure)
        sign_in(page)
        expect(page.locator("#sign-in-failed")).to_have_text(FAILED[failure])
        work_again(app, page)
    be_signed_in(page)
    for failure in FAILED:
        fail(app, page, failure)
        sign_out_button(page).click()
        expect(page.locator("#sign-out-failed")).to_have_text(
            f"You are still signed in. {FAILED[failure]}"
        )
        work_again(app, page)
    sign_out_button(page).click()
    assert_signed_out(page)


def fail(app: App, page: Page, failure: str) -> None:
    if failure == "offline":
        page.context.set_offline(True)
    else:
        be_away(app)


def work_again(app: App, page: Page) -> None:
    page.context.set_offline(False)
    be_away(app, away=False)


def test_while_the_store_is_away_nobody_is_taken_for_signed_out(app: App, visits: Visits) -> None:
    visits.expect(503)
    page = visits.open(app)
    be_signed_in(page)
    be_away(app)
    page.reload()
    settle(page)
    sentence = "It is not known whether you are signed in."
    expect(page.locator("#account-failed")).to_have_text(f"{sentence} {FAILED['away']}")
    for each in ("#sign-in", "#signed-in"):
        expect(page.locator(each)).to_be_hidden()
    again = page.get_by_role("button", name="Try again")
    again.click()
    expect(again).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("#sign-in")).to_be_hidden()
    be_away(app, away=False)
    again.click()
    expect(page.locator("#user")).to_have_text("ada")
    expect(page.locator("#who")).to_be_focused()
    expect(page.locator("#account-unknown")).to_be_hidden()


def test_a_double_click_sends_once(app: App, visits: Visits) -> None:
    page = visits.open(app)
    held = hold(page, "**/session")
    form = page.locator("#sign-in")
    form.get_by_label("Name").fill("ada")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Sign in").dblclick()
    first(page, held).continue_()
    expect(page.locator("#sessions li").first).to_be_visible()
    assert [each.request.method for each in held] == ["POST", "GET"]
    page.unroute("**/session")
    held = hold(page, "**/session")
    sign_out_button(page).dblclick()
    first(page, held).continue_()
    assert_signed_out(page)
    assert [each.request.method for each in held] == ["DELETE", "GET"]


def test_a_late_list_of_cookies_does_not_replace_a_newer_one(app: App, visits: Visits) -> None:
    page = visits.open(app)
    held = hold(page, "**/cookies")
    be_signed_in(page)
    late = first(page, held)
    sign_out_button(page).click()
    assert_signed_out(page)
    session = here_now(page, session_name(app))
    expect(session).to_have_text("No")
    with page.expect_response("**/cookies"):
        late.fulfill(json=[])
    page.wait_for_timeout(100)  # in which the page would show it
    expect(session).to_have_text("No", timeout=1000)


@pytest.mark.slow
def test_what_is_typed_stays_when_the_page_looks_again(app: App, visits: Visits) -> None:
    page = visits.open(app)
    page.locator("#sign-in").get_by_label("Password").fill("half")
    with page.expect_response("**/session"):
        notice_other_tabs(page)
    page.wait_for_timeout(100)
    expect(page.locator("#sign-in").get_by_label("Password")).to_have_value("half")


@pytest.mark.slow
def test_a_cookie_that_the_browser_does_not_keep_is_said(serve: Serve, visits: Visits) -> None:
    app = serve("direct", "sessions", secure=False)
    page = visits.open(app)
    sentence = (
        "Your browser did not keep the cookie that this takes. It may block cookies, or this page "
        "may have come over http:// instead of https://."
    )
    sign_in(page)
    expect(page.locator("#sign-in-failed")).to_have_text(sentence)
    page.get_by_label("Dark").check()
    expect(page.locator("#preferences-failed")).to_have_text(f"This is not saved. {sentence}")
    about = {each.partition(" header has been ignored")[0] for each in visits.amiss()}
    assert about == {"The Cross-Origin-Opener-Policy"}  # which is for secure origins only
    visits.forget()


@pytest.mark.slow
def test_offline_the_name_goes_and_online_it_comes_back(app: App, visits: Visits) -> None:
    visits.expect("net::ERR_INTERNET_DISCONNECTED")
    page = visits.open(app)
    be_signed_in(page)
    page.context.set_offline(True)
    notice_other_tabs(page)
    expect(page.locator("#account-failed")).to_contain_text(FAILED["offline"])
    expect(page.locator("#signed-in")).to_be_hidden()
    expect(page.locator("#user")).to_be_empty()
    page.context.set_offline(False)  # which a page is told
    expect(page.locator("#user")).to_have_text("ada")


@pytest.mark.slow
def test_who_signs_in_in_another_tab_is_shown_in_this_one(app: App, visits: Visits) -> None:
    page = visits.open(app)
    be_signed_in(page)
    tab = visits.tab(page.context, app)
    sign_in_by_fetch(tab, "grace")
    notice_other_tabs(page)
    expect(page.locator("#user")).to_have_text("grace")


# ---- Sign out ----------------------------------------------------------------------------


def test_v7_4_4_who_is_signed_in_sees_sign_out_which_ends_the_session(
    app: App, visits: Visits
) -> None:
    page = visits.open(app)
    be_signed_in(page)
    before = jar(page)
    assert status_with(app, before) == 200
    page.evaluate("scrollTo(0, 0)")
    expect(sign_out_button(page)).to_be_visible()
    expect(sign_out_button(page)).to_be_in_viewport()
    sign_out_button(page).click()
    assert_signed_out(page)
    expect(page.locator("#account-title")).to_be_focused()
    assert status_with(app, before) == 401
    expect(here_now(page, session_name(app))).to_have_text("No")


def test_v14_3_1_signing_out_clears_storage_and_cache(app: App, visits: Visits) -> None:
    page = visits.open(app)
    be_signed_in(page)
    page.evaluate(STORE)
    visits.expect("net::ERR_CACHE_MISS")
    assert len(page.evaluate(STORED)) == 4
    assert page.evaluate(IN_CACHE, "/style.css")
    sign_out_button(page).click()
    assert_signed_out(page)
    assert page.evaluate(STORED) == []
    assert not page.evaluate(IN_CACHE, "/style.css")
    assert not [each for each in jar(page) if each["name"].endswith("-session")]


def test_v14_3_3_the_whole_page_leaves_nothing_sensitive_in_reach_of_scripts(
    app: App, visits: Visits
) -> None:
    visits.expect(403, "net::ERR_CACHE_MISS")
    other = visits.open(app, user_agent=WINDOWS)
    be_signed_in(other)
    page = visits.open(app)
    sign_in(page, "wrong")
    expect(page.locator("#sign-in-failed")).not_to_be_empty()
    be_signed_in(page)
    page.get_by_label("Dark").check()
    expect(page.locator("#preferences-saved")).to_have_text("Saved")
    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    page.get_by_role("button", name="End all others").click()
    page.get_by_role("dialog").get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#account-status")).to_have_text("All others are ended.")

    assert page.evaluate(STORED) == []
    readable = page.evaluate("document.cookie")
    [token] = [each["value"] for each in jar(page) if each["name"].endswith("-session")]
    assert re.findall("([^=; ]+)=", readable) == ["preferences"]
    for sensitive in ("ada", PASSWORD, PASSWORD.replace(" ", "%20"), token):
        assert sensitive not in readable
    assert page.evaluate("[window.name, history.state]") == ["", None]
    # Nor does the HTTP cache have what the server says to who is signed in.
    for path in ("/session", "/sessions"):
        assert not page.evaluate(IN_CACHE, path)


def test_v3_5_5_messages_of_other_pages_are_not_even_heard(app: App, visits: Visits) -> None:
    page = visits.open(app)
    be_signed_in(page)
    devtools = page.context.new_cdp_session(page)
    window = devtools.send("Runtime.evaluate", {"expression": "window"})["result"]["objectId"]
    listeners = devtools.send("DOMDebugger.getEventListeners", {"objectId": window})["listeners"]
    heard = {each["type"] for each in listeners}
    assert "pagehide" in heard
    assert "message" not in heard
    assert page.evaluate("[onmessage, onmessageerror]") == [None, None]


def test_v3_5_7_scripts_are_the_same_for_who_is_signed_in(app: App, visits: Visits) -> None:
    page = visits.open(app)
    scripts = page.evaluate(SCRIPTS)
    assert len(scripts) > 2
    be_signed_in(page)
    assert page.evaluate(SCRIPTS) == scripts


def test_after_signing_out_another_tab_shows_no_name(app: App, visits: Visits) -> None:
    page = visits.open(app)
    be_signed_in(page)
    tab = visits.tab(page.context, app)
    expect(tab.locator("#user")).to_have_text("ada")
    sign_out_button(tab).click()
    assert_signed_out(tab)
    notice_other_tabs(page)
    assert_signed_out(page)


# What the page shows the moment that it comes back, before the server is asked.
AS_LEFT = """addEventListener("pageshow", (event) => {
  window.asLeft = [event.persisted, document.body?.textContent.includes("Signed in as ada")];
})"""


@pytest.fixture
def visits_with_bfcache(playwright: Playwright, certificate: Certificate) -> Iterator[Visits]:
    """Visitors whose back button shows a page as it was left, as outside Playwright."""
    with (
        ExitStack() as stack,
        playwright.chromium.launch(
            executable_path=chromium_executable(playwright),
            args=arguments(certificate.spki),
            ignore_default_args=["--disable-back-forward-cache"],
        ) as chromium,
    ):
        visits = Visits(chromium, stack)
        yield visits
        assert visits.amiss() == []


def test_after_the_end_of_the_session_the_back_button_shows_no_name(
    app: App, visits_with_bfcache: Visits
) -> None:
    visits_with_bfcache.expect(404)  # the other page has no icon
    page = visits_with_bfcache.open(app)
    page.evaluate(AS_LEFT)
    be_signed_in(page)
    page.goto(f"{app.origin}/private/page")
    page.context.clear_cookies()
    page.evaluate("history.back()")
    expect(page.locator("#account-title")).to_be_visible()
    wait_until(page, "window.asLeft")
    assert page.evaluate("asLeft") == [True, False]
    assert_signed_out(page, "")


# ---- My sessions -------------------------------------------------------------------------


@pytest.fixture
def ada(app: App, visits: Visits) -> tuple[Page, list[BrowserContext]]:
    return on_three_devices(app, visits)


def test_my_sessions_are_listed_and_ended(
    ada: tuple[Page, list[BrowserContext]],
) -> None:
    page, [windows, iphone] = ada
    this = page.locator("#sessions li").filter(has_text="This one")
    expect(this).to_have_count(1)
    expect(this.get_by_role("button")).to_have_count(0)
    expect(this).to_contain_text(re.compile(r"Chrome on Linux This one\s+Signed in .+, last used "))
    expect(
        page.get_by_role("button", name=re.compile("^End Safari on iPhone, signed in "))
    ).to_be_visible()

    # It is confirmed between the list and its end, and ends all the same.
    password = {"password": PASSWORD}
    assert fetch(windows.pages[0], "POST", "/session/confirm", password)[0] == 200
    listed(page, "Firefox on Windows").get_by_role("button").click()
    expect(page.locator("#account-status")).to_have_text("Ended: Firefox on Windows.")
    expect(page.locator("#sessions-title")).to_be_focused()
    expect(page.locator("#sessions li")).to_have_count(2)
    assert [answered(windows), answered(iphone)] == [401, 200]

    page.get_by_role("button", name="End all others").click()
    expect(page.locator("#account-status")).to_have_text("All others are ended.")
    expect(page.locator("#sessions li")).to_have_count(1)
    expect(page.get_by_role("button", name="End all others")).to_be_hidden()
    assert answered(iphone) == 401
    expect(page.locator("#user")).to_have_text("ada")


def test_what_a_browser_calls_itself_is_text_in_the_list(app: App, visits: Visits) -> None:
    called = '<img src="x" onerror="document.title=1"><b>bold</b> &amp;'
    page = visits.open(app, user_agent=called)
    be_signed_in(page)
    this = listed(page, "This one")
    expect(this).to_contain_text(called)
    expect(this.locator("img, b")).to_have_count(0)


def test_a_late_list_of_sessions_does_not_replace_a_newer_one(
    ada: tuple[Page, list[BrowserContext]],
) -> None:
    page, _ = ada
    held = hold(page, "**/sessions")
    listed(page, "Firefox on Windows").get_by_role("button").click()
    late = first(page, held)
    listed(page, "Safari on iPhone").get_by_role("button").click()
    expect(page.locator("#sessions li")).to_have_count(1)
    with page.expect_response("**/sessions"):
        late.fulfill(json=[])
    page.wait_for_timeout(100)  # in which the page would show it
    expect(page.locator("#sessions li")).to_have_count(1, timeout=1000)


def test_later_the_password_is_asked_for(app: App, ada: tuple[Page, list[BrowserContext]]) -> None:
    page, [windows, iphone] = ada
    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    button = listed(page, "Firefox on Windows").get_by_role("button")
    button.dblclick()
    dialog = page.get_by_role("dialog", name="Is it still you?")
    password = dialog.get_by_label("Password")
    expect(password).to_be_focused()
    # The second click may come after the answer, and fall beside the dialog.
    page.mouse.down()
    page.mouse.up()
    expect(password).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    assert answered(windows) == 200

    button.click()
    password.fill("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("This is not your password.")
    expect(password).to_be_focused()
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_have_accessible_description("This is not your password.")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#account-status")).to_have_text("Ended: Firefox on Windows.")
    assert [answered(windows), answered(iphone)] == [401, 200]
    expect(page.locator("#confirm [type=password]")).to_have_value("")

    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    page.get_by_role("button", name="End all others").click()
    expect(password).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    assert answered(iphone) == 200
    page.get_by_role("button", name="End all others").click()
    password.fill(PASSWORD)
    dialog.get_by_role("button", name="Confirm").click()
    expect(page.locator("#account-status")).to_have_text("All others are ended.")
    assert answered(iphone) == 401


@pytest.mark.slow
def test_who_was_signed_out_elsewhere_is_told_so_instead_of_asked(
    app: App, ada: tuple[Page, list[BrowserContext]]
) -> None:
    page, [windows, _] = ada
    other = windows.pages[0]
    other.reload()
    settle(other)
    other.get_by_role("button", name="End all others").click()
    expect(other.locator("#account-status")).to_have_text("All others are ended.")
    page.get_by_role("button", name="End all others").click()
    assert_signed_out(page)


@pytest.mark.slow
def test_the_dialog_closes_where_the_session_ended_meanwhile(
    app: App, ada: tuple[Page, list[BrowserContext]]
) -> None:
    page, _ = ada
    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    page.get_by_role("button", name="End all others").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password").fill(PASSWORD)
    page.context.clear_cookies()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert_signed_out(page)
    expect(page.locator("#account-title")).to_be_focused()
    expect(page.locator("#confirm [type=password]")).to_have_value("")
