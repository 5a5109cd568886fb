"""Signed in: over a reload, a restart, in two tabs and in two browsers, until it ends."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.answers import STRATEGIES
from tests.browsers.chromium import PASSWORD, arguments, fetch, jar, sign_in
from tests.browsers.conftest import Project, Serve
from tests.browsers.servers import APP, App, Certificate
from tests.tools import change, chromium_executable

IDLE_LIMIT, ABSOLUTE_LIMIT, FRESH_FOR = 60 * 60, 24 * 60 * 60, 10 * 60
PUSHED = [("temporal", APP)]

Open = Callable[[], Page]


@pytest.fixture(
    params=[
        pytest.param(case, id="-".join(case), marks=() if case in PUSHED else pytest.mark.slow)
        for case in [(strategy, host) for strategy in STRATEGIES for host in (APP, "localhost")]
    ]
)
def app(request: pytest.FixtureRequest, serve: Serve) -> App:
    strategy, host = request.param
    return serve(strategy, "sessions", secure=host != "localhost", host=host)


@pytest.fixture
def open_browser(app: App, chromium: Browser) -> Iterator[Open]:
    """Return a page of the app's origin in a browser of its own."""
    with ExitStack() as stack:

        def open_browser() -> Page:
            page = stack.enter_context(chromium.new_context()).new_page()
            page.goto(f"{app.origin}/private/page")
            return page

        yield open_browser


@pytest.fixture
def ada(open_browser: Open) -> Page:
    page = open_browser()
    sign_in(page)
    return page


def who(page: Page, **options: str) -> str | int:
    """Return the name of who is signed in, or the status of the refusal."""
    status, text = fetch(page, "GET", "/session", **options)
    return str(json.loads(text)["user"]) if status == 200 else status


def session_cookie(page: Page) -> str:
    """Return what a thief would take."""
    [cookie] = [each for each in jar(page) if each["name"].endswith("-session")]
    return f"{cookie['name']}={cookie['value']}"


def status_with(app: App, cookie: str) -> int:
    """Return what a thief is answered."""
    return app.request("GET", "/session", Cookie=cookie)[0]


def advance(app: App, seconds: float) -> None:
    app.ask(f"/private/advance?seconds={seconds}", "POST")


def test_a_session_lasts_over_a_reload_and_in_another_tab(app: App, ada: Page) -> None:
    ada.reload()
    assert who(ada) == "ada"
    tab = ada.context.new_page()
    tab.goto(f"{app.origin}/private/page")
    assert who(tab) == "ada"
    assert fetch(tab, "DELETE", "/session")[0] == 204
    assert who(ada) == 401
    sign_in(ada, "grace")
    assert who(tab) == "grace"


def test_signing_in_again_gives_a_new_token_and_ends_the_old_one(app: App, ada: Page) -> None:
    old = session_cookie(ada)
    sign_in(ada, "ada")
    assert session_cookie(ada) != old
    assert status_with(app, old) == 401


def test_signing_out_leaves_nothing_in_the_browser_nor_on_the_server(app: App, ada: Page) -> None:
    token = session_cookie(ada)
    assert status_with(app, token) == 200
    ada.evaluate("localStorage.setItem('name', 'ada'); sessionStorage.setItem('name', 'ada')")
    ada.goto(f"{app.origin}/session")
    assert "ada" in ada.content()
    ada.goto(f"{app.origin}/private/page")
    assert fetch(ada, "DELETE", "/session")[0] == 204
    assert jar(ada) == []
    # ASVS 14.3.1
    assert ada.evaluate("localStorage.length + sessionStorage.length") == 0
    assert who(ada, cache="force-cache") == 401
    ada.go_back()
    assert "ada" not in ada.content()
    assert status_with(app, token) == 401


def test_an_idle_session_ends_and_a_used_one_does_not(app: App, ada: Page) -> None:
    for _ in range(3):
        advance(app, IDLE_LIMIT - 1)
        assert who(ada) == "ada"
    advance(app, IDLE_LIMIT)
    assert who(ada) == 401


def test_even_a_used_session_ends_at_the_absolute_limit(app: App, ada: Page) -> None:
    for _ in range(47):
        advance(app, ABSOLUTE_LIMIT / 48)
        assert who(ada) == "ada"
    advance(app, ABSOLUTE_LIMIT / 48)
    assert who(ada) == 401


def test_all_others_are_ended_from_one_browser_and_nothing_is_shown_from_a_cache(
    ada: Page, open_browser: Open
) -> None:
    other, grace = open_browser(), open_browser()
    sign_in(other, "ada")
    sign_in(grace, "grace")
    assert who(other) == "ada"
    listed = json.loads(fetch(ada, "GET", "/sessions")[1])
    assert len([each for each in listed if each["is_this_one"]]) == 1
    assert fetch(ada, "DELETE", "/sessions")[0] == 204
    assert who(other, cache="force-cache") == 401
    assert [who(ada), who(other), who(grace)] == ["ada", 401, "grace"]
    assert len(json.loads(fetch(ada, "GET", "/sessions")[1])) == 1


def test_later_that_takes_the_password_again_which_gives_a_new_token(
    app: App, ada: Page, open_browser: Open
) -> None:
    other = open_browser()
    sign_in(other, "ada")
    advance(app, FRESH_FOR)
    assert fetch(ada, "DELETE", "/sessions")[0] == 403
    assert [who(ada), who(other)] == ["ada", "ada"]
    stolen = session_cookie(ada)
    assert fetch(ada, "POST", "/session/confirm", {"password": "wrong"})[0] == 401
    assert fetch(ada, "POST", "/session/confirm", {"password": PASSWORD})[0] == 200
    assert status_with(app, stolen) == 401
    assert fetch(ada, "DELETE", "/sessions")[0] == 204
    assert [who(ada), who(other)] == ["ada", 401]


@pytest.mark.parametrize(
    "max_age", [pytest.param(0, id="as-it-is"), pytest.param(3600, marks=pytest.mark.slow)]
)
def test_after_a_restart_of_the_browser_what_has_a_max_age_is_still_there(
    watched_project: Project,
    playwright: Playwright,
    certificate: Certificate,
    serve: Serve,
    tmp_path: Path,
    max_age: int,
) -> None:
    project = watched_project("temporal", "sessions")
    with ExitStack() as stack:
        if max_age:
            project = shutil.copytree(project, tmp_path / "project")
            purpose = 'purpose="Keeps you signed in.",'
            change(project / "app/sign_in.py", purpose, f"{purpose} max_age={max_age},")
        app = serve("temporal", "sessions", project=project)
        declared = {each["name"]: each["max_age"] for each in app.ask("/private/declared")}

        def browser() -> Page:
            context = playwright.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=chromium_executable(playwright),
                args=arguments(certificate.spki),
            )
            stack.callback(context.close)
            page = context.pages[0]
            page.goto(f"{app.origin}/private/page")
            return page

        page = browser()
        sign_in(page)
        fetch(page, "PUT", "/preferences", {"theme": "dark", "text_size": 120})
        fetch(page, "GET", "/welcome")
        fetch(page, "POST", "/cookie-and-object/")
        assert {each["name"] for each in jar(page)} == declared.keys()
        page.context.close()
        page = browser()
        kept = {each["name"] for each in jar(page)}
        assert kept == {name for name, lifetime in declared.items() if lifetime}
        assert who(page) == ("ada" if max_age else 401)
        assert "dark" in fetch(page, "GET", "/preferences")[1]
