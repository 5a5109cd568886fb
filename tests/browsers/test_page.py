"""The page: how it looks, the greeting, and the table of what the site keeps in the browser."""

import json
import re
import subprocess

import pytest
from playwright.sync_api import Route, expect

from tests.browsers.conftest import Serve
from tests.browsers.servers import APP, App
from tests.browsers.visits import (
    DARK,
    LIGHT,
    Visits,
    color,
    first,
    here_now,
    hold,
    settle,
    wait_until,
)
from tests.conftest import Environment
from tests.gates import OLDEST

PUSHED = [("temporal", "none", "localhost")]
NIGHTLY = [
    ("direct", "sessions", "localhost"),
    ("temporal", "sessions", APP),
    ("direct", "none", APP),
]

# The background of every frame, from the first one on.
FRAMES = """window.shown = [];
(function note() {
  if (document.body) shown.push(getComputedStyle(document.body).backgroundColor);
  requestAnimationFrame(note);
})()"""


@pytest.fixture(
    params=[
        *(pytest.param(case, id="-".join(case)) for case in PUSHED),
        *(pytest.param(case, id="-".join(case), marks=pytest.mark.slow) for case in NIGHTLY),
    ]
)
def app(request: pytest.FixtureRequest, serve: Serve) -> App:
    strategy, size, host = request.param
    return serve(strategy, size, secure=host != "localhost", host=host)


def test_preferences_apply_at_once_survive_a_reload_and_are_reset(app: App, visits: Visits) -> None:
    page = visits.open(app, color_scheme="light")
    said = page.locator("#preferences-saved")
    expect(page.get_by_label("System")).to_be_checked()
    assert color(page) == LIGHT
    page.get_by_label("Dark").check()
    assert color(page) == DARK
    expect(said).to_have_text("Saved")
    page.get_by_label("Text size").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#text-size-shown")).to_have_text("120 %")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "19.2px"
    expect(said).to_have_text("Saved")
    # One of several changes waits for another, and the last one is kept.
    wait_until(page, "decodeURIComponent(document.cookie).includes('120')")

    page.reload()
    settle(page)
    assert color(page) == DARK
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "19.2px"
    expect(page.get_by_label("Dark")).to_be_checked()
    expect(page.get_by_label("Text size")).to_have_value("120")

    page.get_by_role("button", name="Reset").click()
    expect(said).to_have_text("Reset")
    expect(page.get_by_label("System")).to_be_checked()
    assert color(page) == LIGHT
    assert "preferences" not in page.evaluate("document.cookie")


def test_the_theme_is_there_at_the_first_paint(app: App, visits: Visits) -> None:
    page = visits.open(app, color_scheme="light")
    page.get_by_label("Dark").check()
    expect(page.locator("#preferences-saved")).to_have_text("Saved")
    # Slow scripts, of which the first decides and the others do not come.
    appearance, others = hold(page, "**/appearance.js"), hold(page, "**/page.js")
    page.add_init_script(FRAMES)
    page.reload(wait_until="commit")
    deciding = first(page, appearance)
    page.wait_for_timeout(300)  # in which a page that does not wait for it is drawn
    deciding.continue_()
    wait_until(page, "shown.length >= 10")
    assert set(page.evaluate("shown")) == {DARK}
    expect(page.get_by_role("radio")).to_have_count(0)
    first(page, others).continue_()
    settle(page)
    assert color(page) == DARK


def test_what_is_not_saved_is_said_beside_it(app: App, visits: Visits) -> None:
    visits.expect(503, "net::ERR_INTERNET_DISCONNECTED")
    page = visits.open(app)
    failed = page.locator("#preferences-failed")
    page.context.set_offline(True)
    page.get_by_label("Light").check()
    expect(failed).to_have_text(
        "This is not saved. The server cannot be reached. Check your connection, and try again."
    )
    expect(page.locator("#cookies-failed")).to_contain_text("The list cannot be shown.")
    page.context.set_offline(False)
    page.get_by_label("Dark").check()
    expect(page.locator("#preferences-saved")).to_have_text("Saved")
    expect(failed).to_be_empty()
    expect(page.locator("#cookies-failed")).to_be_empty()

    def be_away(route: Route) -> None:
        route.fulfill(status=503, json={"detail": "For developers."})

    page.route("**/preferences", be_away)
    page.get_by_role("button", name="Reset").click()
    expect(failed).to_have_text(
        "This is not saved. The server cannot do this at the moment. Try again in a few seconds."
    )
    expect(page.locator("#preferences-saved")).to_be_empty()


@pytest.mark.slow
def test_a_double_click_on_reset_sends_once(app: App, visits: Visits) -> None:
    page = visits.open(app)
    held = hold(page, "**/preferences")
    page.get_by_role("button", name="Reset").dblclick()
    first(page, held).continue_()
    expect(page.locator("#preferences-saved")).to_have_text("Reset")
    page.wait_for_timeout(100)  # in which a second one would come
    assert len(held) == 1


def test_the_greeting_speaks_the_visitors_language_and_says_which(app: App, visits: Visits) -> None:
    for locale, greeting, lang in (
        ("de-DE", "Hallo", "de"),
        ("fr-CA", "Bonjour", "fr"),
        ("ja-JP", "Hello", "en"),
    ):
        page = visits.open(app, locale=locale)
        expect(page.locator("#greeting")).to_have_text(greeting)
        expect(page.locator("#greeting")).to_have_attribute("lang", lang)
        expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.slow
def test_the_greeting_is_english_where_nothing_answers(app: App, visits: Visits) -> None:
    visits.expect("net::ERR_FAILED")
    context = visits.browser(app.origin, locale="de-DE")
    context.route("**/welcome", lambda route: route.abort())
    page = visits.tab(context, app)
    expect(page.locator("#greeting")).to_have_text("Hello")
    expect(page.locator("#greeting")).to_have_attribute("lang", "en")


def test_the_table_shows_what_is_declared_and_what_the_command_prints(
    app: App, visits: Visits, environment: Environment
) -> None:
    declared = {each["name"]: each for each in app.ask("/private/declared")}
    page = visits.open(app)
    rows = page.locator("#cookies tbody tr").all()
    shown = [each.locator("th, td").all_text_contents() for each in rows]
    assert [each[0] for each in shown] == [*declared]
    for name, _, _, reader, _ in shown:
        assert (reader == "This site only") == declared[name]["httponly"]

    printed = subprocess.run(
        [environment(OLDEST), "-m", "app", "cookies"],
        cwd=app.project,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = [re.split(r" *\| *", line.strip("| ")) for line in printed.splitlines()[2:]]
    assert [(f"`{each[0]}`", *each[1:3]) for each in shown] == [tuple(each[:3]) for each in lines]
    assert len(shown) == (4 if app.has_sessions else 3)


def test_here_now_changes_when_a_cookie_is_set_or_deleted(app: App, visits: Visits) -> None:
    page = visits.open(app)
    expect(here_now(page, "locale")).to_have_text("Yes")
    preferences = here_now(page, "preferences")
    expect(preferences).to_have_text("No")
    page.get_by_label("Dark").check()
    expect(preferences).to_have_text("Yes")
    page.get_by_role("button", name="Reset").click()
    expect(preferences).to_have_text("No")


@pytest.mark.slow
def test_negative_control_what_breaks_the_policy_or_leaves_the_origin_is_noticed(
    app: App, visits: Visits
) -> None:
    page = visits.open(app)
    # The console tells in its order, so the others have come when the last one has.
    with page.expect_console_message(lambda message: "violation: connect-src" in message.text):
        page.evaluate("""async () => {
      const script = document.createElement("script");
      script.textContent = "window.broken = true";
      document.body.append(script);
      console.log("debugging");
      await fetch("https://evil.example/").catch(() => {});
    }""")
    assert page.evaluate("window.broken") is None
    said = json.dumps(visits.amiss())
    for each in ("violation: script-src-elem inline", "violation: connect-src", "debugging"):
        assert each in said
    visits.forget()
