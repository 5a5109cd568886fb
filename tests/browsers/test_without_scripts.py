"""No password reaches a URL, even where the page's scripts do not come, or come late."""

import json
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browsers.conftest import Serve
from tests.browsers.servers import App
from tests.browsers.visits import Visits, be_signed_in, settle

SECRET = "correct-horse"
# As if a style of the owner's showed what is hidden until its script is there.
SHOW = """() => {
  for (const each of document.querySelectorAll("[hidden]")) each.hidden = false;
  for (const each of document.querySelectorAll("dialog")) each.open = true;
  for (const each of document.querySelectorAll(".card")) each.style.display = "grid";
}"""


@pytest.fixture
def app(serve: Serve) -> App:
    return serve("direct", "sessions", secure=False, host="localhost")


@pytest.mark.parametrize("size", ["none", pytest.param("sessions", marks=pytest.mark.slow)])
def test_without_javascript_a_sentence_says_so_and_nothing_can_be_typed(
    serve: Serve, visits: Visits, size: str
) -> None:
    strategy = "temporal" if size == "none" else "direct"
    app = serve(strategy, size, secure=False, host="localhost")
    page = visits.browser(app.origin, java_script_enabled=False).new_page()
    page.goto(f"{app.origin}/")
    sentence = page.locator("noscript p")
    expect(sentence).to_be_visible()
    assert sentence.inner_text() == "This page needs JavaScript. Allow it, and reload the page."
    assert page.locator("input, button, select, table, summary").count() > 4
    assert page.locator(":is(input, button, select, table, summary):visible").count() == 0


def submit_each_form(page: Page) -> None:
    """Type a password wherever one can be, and press Enter."""
    here = page.url
    for form in ("#sign-in", "#confirm form"):
        page.evaluate(SHOW)
        if form == "#sign-in":
            page.locator(f"{form} [name=username]").fill("ada")
        field = page.locator(f"{form} [type=password]")
        field.fill(SECRET)
        # Until it is answered: where the next one comes too soon, none may have been sent.
        with page.expect_navigation(wait_until="commit"):
            field.press("Enter")
        page.goto(here, wait_until="commit")
        expect(page.locator("#account")).to_be_attached()


def assert_in_no_url(app: App, urls: list[str], since: int) -> None:
    posted = [each for each in app.seen()[since:] if each["method"] == "POST"]
    assert [each["path"] for each in posted] == ["/", "/"]
    seen = [each["path"] + "?" + each["query"] for each in app.seen()[since:]]
    for url in (*urls, *seen):
        assert SECRET not in url
        assert not {"username", "password"} & {*dict(parse_qsl(url.partition("?")[2]))}


@pytest.mark.parametrize(
    "scripts",
    [
        "failing",
        pytest.param("off", marks=pytest.mark.slow),
        pytest.param("slow", marks=pytest.mark.slow),
        pytest.param("account failing", marks=pytest.mark.slow),
    ],
)
def test_a_password_that_is_sent_before_a_script_is_there_is_in_no_url(
    app: App, visits: Visits, scripts: str
) -> None:
    visits.expect(404, 405, "net::ERR_FAILED")  # nobody takes the form, and that has no icon
    before = len(app.seen())
    context = visits.browser(app.origin, java_script_enabled=scripts != "off")
    urls: list[str] = []
    context.on("request", lambda request: urls.append(request.url))
    held: list[Route] = []

    def fail(route: Route) -> None:
        route.abort()

    def wait(route: Route) -> None:
        held.append(route)

    if scripts == "account failing":
        context.route("**/account.js", fail)
    elif scripts != "off":
        context.route("**/page.js", fail if scripts == "failing" else wait)
    page = context.new_page()
    page.goto(f"{app.origin}/", wait_until="commit" if scripts == "slow" else "load")
    # Nobody sees a field without its script: there is a sentence in its place, after a second.
    expect(page.locator("#account")).to_be_hidden()
    if scripts == "slow":
        expect(page.get_by_text("If this line stays").first).to_be_visible()
    elif scripts != "off":
        gone = page.locator("section").filter(has_text="Your account").locator(".waiting")
        expect(gone).to_have_text("This part of the page did not arrive. Reload the page.")
        expect(gone).to_be_visible()
        expect(page.get_by_text("Loading")).to_have_count(0)
    submit_each_form(page)
    assert_in_no_url(app, urls, before)
    assert len(urls) > 4


@pytest.mark.slow
def test_nor_is_one_that_is_typed_when_all_works(app: App, visits: Visits) -> None:
    before = len(app.seen())
    page = visits.open(app)
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    be_signed_in(page)
    page.reload()
    settle(page)
    assert not [url for url in urls if "?" in url]
    assert not [each for each in app.seen()[before:] if each["query"]]
    assert "correct" not in json.dumps(app.seen()[before:])
