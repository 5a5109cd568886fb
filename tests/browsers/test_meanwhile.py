"""What people do while the page is at work is not lost, and not done twice."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browsers.chromium import PASSWORD
from tests.browsers.conftest import Serve
from tests.browsers.servers import App
from tests.browsers.visits import (
    FRESH_FOR,
    Visits,
    answered,
    be_signed_in,
    first,
    hold,
    listed,
    notice_other_tabs,
    on_three_devices,
    settle,
    sign_in,
    sign_out_button,
)

# Both before the browser tells the page that the dialog is closed.
ESCAPE_AND_SPACE = """() => {
  document.getElementById("confirm").close();
  document.getElementById("end-others").click();
}"""


@pytest.fixture
def app(serve: Serve) -> Iterator[App]:
    app = serve("direct", "sessions", secure=False, host="localhost")
    yield app
    app.ask("/private/away?away=false", "POST")


@pytest.fixture
def ada(app: App, visits: Visits) -> tuple[Page, list[BrowserContext]]:
    return on_three_devices(app, visits)


def hold_all(page: Page, pattern: str, method: str) -> list[Route]:
    """Let all of these requests wait; return them as they come."""
    came: list[Route] = []

    def wait(route: Route) -> None:
        if route.request.method == method:
            came.append(route)
        else:
            route.continue_()

    page.route(pattern, wait)
    return came


# ---- Sign in -----------------------------------------------------------------------------


def test_a_password_that_is_corrected_while_the_wrong_one_is_checked_signs_in(
    app: App, visits: Visits
) -> None:
    page = visits.open(app)
    held = hold(page, "**/session")
    sign_in(page, "wrong")
    late = first(page, held)
    password = page.locator("#sign-in").get_by_label("Password")
    password.fill(PASSWORD)
    password.press("Enter")
    password.press("Enter")  # the same again
    late.continue_()
    expect(page.locator("#user")).to_have_text("ada")
    assert [each.request.method for each in held] == ["POST", "POST", "GET"]


def test_what_is_typed_while_a_wrong_password_is_checked_stays_where_it_is_typed(
    app: App, visits: Visits
) -> None:
    page = visits.open(app)
    held = hold(page, "**/session")
    sign_in(page, "wrong", "eda")
    late = first(page, held)
    name = page.get_by_label("Name")
    name.fill("a")
    late.continue_()
    expect(page.locator("#sign-in-failed")).to_contain_text("No user")
    page.keyboard.type("da")
    expect(name).to_have_value("ada")
    expect(page.locator("#sign-in").get_by_label("Password")).to_have_value("wrong")


def test_looking_for_other_tabs_while_signing_in_is_no_failure(app: App, visits: Visits) -> None:
    page = visits.open(app)
    held = hold_all(page, "**/session", "GET")
    sign_in(page)
    late = first(page, held)
    notice_other_tabs(page)
    while len(held) < 2:
        page.wait_for_timeout(20)
    with page.expect_response("**/session"):
        late.continue_()
    page.wait_for_timeout(100)  # in which the page would say that no cookie was kept
    expect(page.locator("#sign-in-failed")).to_be_empty()
    held[1].continue_()
    expect(page.locator("#user")).to_have_text("ada")


def test_signing_out_and_in_again_does_not_wait_for_the_list_of_sessions(
    app: App, visits: Visits
) -> None:
    page = visits.open(app)
    held = hold(page, "**/sessions")
    sign_in(page)
    late = first(page, held)
    sign_out_button(page).click()
    expect(page.locator("#sign-in")).to_be_visible()
    with page.expect_response("**/sessions"):
        late.fulfill(json=[{"id": "x", "browser": "", "created_at": "2026-01-01T00:00:00Z",
                            "seen_at": "2026-01-01T00:00:00Z", "is_this_one": False}])  # fmt: skip
    page.wait_for_timeout(100)  # in which the page would show it
    expect(page.locator("#sessions li")).to_have_count(0, timeout=1000)
    page.unroute("**/sessions")

    held = hold(page, "**/sessions")
    sign_in(page)
    first(page, held)
    sign_out_button(page).click()
    expect(page.locator("#sign-in")).to_be_visible()
    sign_in(page)
    expect(page.locator("#user")).to_have_text("ada")


# ---- My sessions -------------------------------------------------------------------------


def test_a_key_right_after_escape_is_taken(
    app: App, ada: tuple[Page, list[BrowserContext]]
) -> None:
    page, _ = ada
    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    page.get_by_role("button", name="End all others").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    held = hold(page, "**/sessions")
    page.evaluate(ESCAPE_AND_SPACE)
    again = first(page, held)
    expect(dialog).to_be_hidden()
    again.continue_()
    expect(dialog.get_by_label("Password")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.wait_for_timeout(100)  # in which another would open
    expect(dialog).to_be_hidden()


def test_of_two_sessions_ended_at_once_both_end_after_one_password(
    app: App, ada: tuple[Page, list[BrowserContext]]
) -> None:
    page, [windows, iphone] = ada
    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    held = hold(page, "**/sessions/*")
    listed(page, "Firefox on Windows").get_by_role("button").click()
    late = first(page, held)
    listed(page, "Safari on iPhone").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    with page.expect_response("**/sessions/*"):
        late.continue_()
    dialog.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#sessions li")).to_have_count(1)
    assert [answered(windows), answered(iphone)] == [401, 401]


def test_a_password_that_is_given_and_cancelled_confirms_nothing_later(
    app: App, ada: tuple[Page, list[BrowserContext]]
) -> None:
    page, [windows, iphone] = ada
    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    held = hold(page, "**/session/confirm")
    dialog = page.get_by_role("dialog")
    password = dialog.get_by_label("Password")
    listed(page, "Firefox on Windows").get_by_role("button").click()
    password.fill(PASSWORD)
    page.keyboard.press("Enter")
    late = first(page, held)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    listed(page, "Safari on iPhone").get_by_role("button").click()
    password.fill("half")
    with page.expect_response("**/session/confirm"):
        late.continue_()
    page.wait_for_timeout(100)  # in which the dialog would close
    expect(password).to_have_value("half")
    expect(password).to_be_focused()
    assert [answered(windows), answered(iphone)] == [200, 200]
    password.fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#sessions li")).to_have_count(2)
    assert [answered(windows), answered(iphone)] == [200, 401]


def test_the_focus_stays_with_whoever_went_on_while_a_session_was_ended(
    ada: tuple[Page, list[BrowserContext]],
) -> None:
    page, [_, iphone] = ada
    held = hold(page, "**/sessions")
    listed(page, "Firefox on Windows").get_by_role("button").click()
    late = first(page, held)
    other = listed(page, "Safari on iPhone").get_by_role("button")
    other.focus()
    late.continue_()
    expect(page.locator("#sessions li")).to_have_count(2)
    expect(other).to_be_focused()
    page.unroute("**/sessions")

    held = hold(page, "**/sessions")
    page.keyboard.press("Enter")
    late = first(page, held)
    page.get_by_label("Text size").focus()
    late.continue_()
    expect(page.locator("#sessions li")).to_have_count(1)
    expect(page.get_by_label("Text size")).to_be_focused()
    assert answered(iphone) == 401


def test_a_list_that_failed_is_asked_for_again_when_somebody_returns(
    app: App, visits: Visits
) -> None:
    visits.expect(503)
    page = visits.open(app)
    page.route("**/sessions", lambda route: route.fulfill(status=503, json={}))
    sign_in(page)
    expect(page.locator("#sessions-failed")).to_contain_text("The list cannot be shown.")
    page.unroute("**/sessions")
    notice_other_tabs(page)
    expect(page.locator("#sessions li").first).to_be_visible()
    expect(page.locator("#sessions-failed")).to_be_empty()


# ---- Preferences -------------------------------------------------------------------------


def test_the_last_of_several_changes_is_kept_whichever_it_is(app: App, visits: Visits) -> None:
    page = visits.open(app)
    reset = page.get_by_role("button", name="Reset")
    held = hold(page, "**/preferences")
    reset.click()
    late = first(page, held)
    page.get_by_label("Dark").check()
    reset.click()
    reset.click()  # the same again
    late.continue_()
    expect(page.locator("#preferences-saved")).to_have_text("Reset")
    expect(page.get_by_label("System")).to_be_checked()
    assert "preferences" not in page.evaluate("document.cookie")
    assert [each.request.method for each in held] == ["DELETE", "DELETE"]


def test_what_failed_is_not_said_of_the_change_after_it(app: App, visits: Visits) -> None:
    visits.expect(503)
    page = visits.open(app)
    held = hold(page, "**/preferences")
    page.get_by_label("Light").check()
    late = first(page, held)
    page.get_by_label("Dark").check()
    late.fulfill(status=503, json={})
    expect(page.locator("#preferences-saved")).to_have_text("Saved")
    expect(page.locator("#preferences-failed")).to_be_empty()


def test_a_slow_list_of_cookies_holds_up_no_change(app: App, visits: Visits) -> None:
    page = visits.open(app)
    held = hold_all(page, "**/cookies", "GET")
    for each in ("Light", "Dark"):
        page.get_by_label(each).check()
        expect(page.locator("#preferences-saved")).to_have_text("Saved")
    while len(held) < 2:
        page.wait_for_timeout(20)
    for route in held:
        route.continue_()
    settle(page)
    be_signed_in(page)
