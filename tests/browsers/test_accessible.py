"""The page in every state: axe-core, by keyboard alone, and narrow or with large text."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect

from tests.browsers.chromium import PASSWORD, fetch
from tests.browsers.conftest import Serve
from tests.browsers.servers import App
from tests.browsers.visits import (
    DARK,
    Visits,
    be_signed_in,
    color,
    settle,
    sign_in,
    sign_out_button,
)

FRESH_FOR = 10 * 60
PHONE = {"width": 360, "height": 740}
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
FINDINGS = """async () => {
  const {violations, passes} = await axe.run();
  const nodes = (each) => each.nodes.map((node) => node.target.join(" "));
  return [passes.length, violations.map((each) => `${each.id}: ${nodes(each)}`)];
}"""
WIDTHS = "(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.documentElement)"
FOCUSED = """() => {
  const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
  const {id, name, value, textContent} = document.activeElement;
  return [id || name || textContent.trim(), outlineStyle !== "none" && parseFloat(outlineWidth)];
}"""

INVISIBLE_EDGE = """(element) => {
  const {borderTopColor, borderTopWidth, backgroundColor} = getComputedStyle(element);
  return parseFloat(borderTopWidth) === 0 || borderTopColor === backgroundColor;
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
  const {animationDuration, transitionDuration, scrollBehavior} = getComputedStyle(element);
  return animationDuration !== "0s" || transitionDuration !== "0s" || scrollBehavior !== "auto";
}).map((element) => element.outerHTML)"""


@pytest.fixture
def app(serve: Serve) -> Iterator[App]:
    app = serve("direct", "sessions", secure=False, host="localhost")
    yield app
    app.ask("/private/away?away=false", "POST")


def assert_nothing_found(page: Page) -> None:
    """Let axe look, which the policy allows to DevTools only."""
    page.evaluate(AXE)
    passes, violations = page.evaluate(FINDINGS)
    assert violations == []
    assert passes > 15


def assert_no_sideways_scrolling(page: Page) -> None:
    there, seen = page.evaluate(WIDTHS)
    assert there <= seen


def open_dialog(app: App, page: Page) -> None:
    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    page.get_by_role("button", name="End all others").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def sign_in_on_two_devices(app: App, visits: Visits, page: Page) -> None:
    be_signed_in(visits.open(app))
    be_signed_in(page)
    expect(page.get_by_role("button", name="End all others")).to_be_visible()


SCHEMES = ["light", pytest.param("dark", marks=pytest.mark.slow)]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_signed_out_and_in(app: App, visits: Visits, scheme: str) -> None:
    page = visits.open(app, color_scheme=scheme)
    page.get_by_text("Nobody to sign in yet?").click()
    assert_nothing_found(page)
    be_signed_in(page)
    assert_nothing_found(page)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_other_states(app: App, visits: Visits, scheme: str) -> None:
    visits.expect(403, 429, 503, "net::ERR_INTERNET_DISCONNECTED")
    page = visits.open(app, color_scheme=scheme)
    sign_in(page, "wrong")
    expect(page.locator("#sign-in-failed")).to_contain_text("No user")
    assert_nothing_found(page)
    for _ in range(10):
        fetch(page, "POST", "/session", {"username": scheme, "password": "wrong"})
    sign_in(page, "wrong", scheme)
    expect(page.locator("#sign-in-failed")).to_contain_text("Too many")
    assert_nothing_found(page)
    page.context.set_offline(True)
    page.get_by_label("System").check()
    page.get_by_label("Dark" if scheme == "dark" else "Light").check()
    expect(page.locator("#cookies-failed")).not_to_be_empty()
    expect(page.locator("#preferences-failed")).not_to_be_empty()
    assert_nothing_found(page)
    page.context.set_offline(False)
    sign_in_on_two_devices(app, visits, page)
    assert_nothing_found(page)
    open_dialog(app, page)
    assert_nothing_found(page)
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#confirm-failed")).not_to_be_empty()
    assert_nothing_found(page)
    page.keyboard.press("Escape")
    app.ask("/private/away?away=true", "POST")
    page.reload()
    settle(page)
    expect(page.locator("#account-failed")).to_be_visible()
    assert_nothing_found(page)


@pytest.mark.slow
def test_axe_finds_nothing_where_preferences_or_the_screen_are_other(
    serve: Serve, visits: Visits
) -> None:
    app = serve("temporal", "none", secure=False, host="localhost")
    page = visits.open(app, viewport=PHONE)
    assert_nothing_found(page)
    page.get_by_label("Text size").fill("200")
    page.get_by_label("Dark").check()
    expect(page.locator("#preferences-saved")).to_have_text("Saved")
    assert color(page) == DARK
    assert_nothing_found(page)


@pytest.mark.slow
def test_negative_control_axe_finds_what_is_wrong(app: App, visits: Visits) -> None:
    page = visits.open(app)
    page.evaluate("""() => {
      document.querySelector("[name=username]").parentElement.replaceWith(
        document.querySelector("[name=username]"));
      document.querySelector("h1").style.color = "#ddd";
    }""")
    page.evaluate(AXE)
    found = " ".join(page.evaluate(FINDINGS)[1])
    assert "label: " in found
    assert "color-contrast: h1" in found


def test_nothing_scrolls_sideways_on_a_phone_or_with_large_text(app: App, visits: Visits) -> None:
    visits.expect(403)
    page = visits.open(app, viewport=PHONE)
    assert_no_sideways_scrolling(page)
    page.get_by_text("Nobody to sign in yet?").click()
    assert_no_sideways_scrolling(page)
    page.get_by_label("Text size").fill("200")
    expect(page.locator("#preferences-saved")).to_have_text("Saved")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert_no_sideways_scrolling(page)
    sign_in(page, "wrong")
    expect(page.locator("#sign-in-failed")).to_contain_text("No user")
    assert_no_sideways_scrolling(page)
    sign_in_on_two_devices(app, visits, page)
    assert_no_sideways_scrolling(page)
    open_dialog(app, page)
    assert_no_sideways_scrolling(page)
    page.keyboard.press("Escape")
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 740})
        assert_no_sideways_scrolling(page)


@pytest.mark.slow
def test_all_can_be_told_apart_in_forced_colors(app: App, visits: Visits) -> None:
    page = visits.open(app, forced_colors="active")
    sign_in(page, "wrong")
    expect(page.locator("#sign-in-failed")).to_contain_text("No user")
    assert_nothing_found(page)
    sign_in_on_two_devices(app, visits, page)
    assert_nothing_found(page)
    # What is told by a background alone is not told here.
    edges = {
        each: page.locator(each).first for each in (".badge", ".card", "button", "fieldset label")
    }
    assert [each for each, found in edges.items() if found.evaluate(INVISIBLE_EDGE)] == []
    page.locator("#sign-out").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)[1] >= 2


@pytest.mark.slow
def test_nothing_moves_for_who_wants_reduced_motion(app: App, visits: Visits) -> None:
    page = visits.open(app, reduced_motion="reduce")
    be_signed_in(page)
    assert page.evaluate(MOVING) == []


def tab_through(page: Page, number: int) -> list[str]:
    """Press Tab so often; return what had the focus, which was seen each time."""
    reached = []
    for _ in range(number):
        page.keyboard.press("Tab")
        what, outline = page.evaluate(FOCUSED)
        assert outline >= 2, what
        reached.append(what)
    return reached


def test_all_can_be_done_by_keyboard_alone(app: App, visits: Visits) -> None:
    visits.expect(403)
    be_signed_in(visits.open(app))
    page = visits.open(app)
    preferences = ["theme", "text_size", "reset"]
    signed_out = ["username", "password", "Sign in", "Nobody to sign in yet?"]
    assert tab_through(page, 7) == signed_out + preferences

    page.reload()
    settle(page)
    tab_through(page, 1)
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_be_focused()
    page.keyboard.press("Tab")
    expect(sign_out_button(page)).to_be_focused()
    expect(page.locator("#sessions li").first).to_be_visible()
    others = page.locator("#sessions button").count()
    reached = tab_through(page, others + 1 + 3)
    assert reached == ["End"] * others + ["end-others", *preferences]

    page.locator("[name=theme]:checked").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Light")).to_be_checked()
    expect(page.locator("#preferences-saved")).to_have_text("Saved")

    app.ask(f"/private/advance?seconds={FRESH_FOR}", "POST")
    for _ in range(2):
        page.keyboard.press("Shift+Tab")
        if page.evaluate(FOCUSED)[0] == "end-others":
            break
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Password")).to_be_focused()
    assert tab_through(page, 2) == ["Confirm", "cancel"]
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#end-others")).to_be_focused()
    page.keyboard.press("Space")
    expect(dialog.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#sessions-title")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(sign_out_button(page)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#account-title")).to_be_focused()
    assert tab_through(page, 1) == ["username"]
