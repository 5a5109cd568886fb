"""The page behind a proxy that strips a path prefix, as `--root-path` is for."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Response, expect

from tests.browsers.chromium import HASH
from tests.browsers.conftest import Project
from tests.browsers.servers import App, app_running, behind_prefix
from tests.browsers.visits import DARK, Visits, be_signed_in, color, settle, sign_out_button
from tests.conftest import Environment
from tests.gates import OLDEST


@pytest.fixture(params=[("temporal", "sessions"), ("direct", "none")], ids="-".join)
def app(
    request: pytest.FixtureRequest,
    watched_project: Project,
    environment: Environment,
    tmp_path: Path,
) -> Iterator[App]:
    variables = {
        "SESSION_STORE": f"sqlite:///{tmp_path / 'sessions.db'}",
        "USERS": json.dumps({"ada": HASH}),
        "FASTAPI_ENV": "development",
        "UVICORN_ROOT_PATH": "/shop",  # as --root-path
    }
    with ExitStack() as stack:
        app = stack.enter_context(
            app_running(
                watched_project(*request.param), environment(OLDEST), None, "localhost", **variables
            )
        )
        yield stack.enter_context(behind_prefix(app, "/shop"))


@pytest.mark.slow
def test_all_of_the_page_works_behind_a_path_prefix(app: App, visits: Visits) -> None:
    visits.expect(404)
    context = visits.browser(app.origin)
    answers: dict[str, int] = {}

    def note(response: Response) -> None:
        answers[f"{response.request.method} {urlsplit(response.url).path}"] = response.status

    context.on("response", note)
    page = context.new_page()
    page.goto(f"{app.origin}/shop/")
    settle(page)
    page.get_by_label("Dark").check()
    expect(page.locator("#preferences-saved")).to_have_text("Saved")
    page.reload()
    settle(page)
    expect(page.get_by_label("Dark")).to_be_checked()
    scripts = ["api.js", "appearance.js", "page.js", *(["account.js"] if app.has_sessions else [])]
    for file in ("", "icon.svg", "style.css", *scripts):
        assert answers[f"GET /shop/{file}"] in {200, 304}, file
    if app.has_sessions:
        assert answers.pop("GET /shop/session") == 401
        be_signed_in(page)
        sign_out_button(page).click()
        expect(page.locator("#account-status")).to_have_text("You are signed out.")
        assert answers.pop("GET /shop/session") == 401
        assert answers["DELETE /shop/session"] == 204
    page.goto(urljoin(page.url, "docs/"))
    expect(page.get_by_role("heading", name="My App")).to_be_visible()
    assert urlsplit(page.url).path == "/shop/docs/"
    page.goto(f"{app.origin}/shop/account/settings")
    assert answers.pop("GET /shop/account/settings") == 404
    assert color(page) == DARK
    page.get_by_role("link", name="start page").click()
    settle(page)
    assert urlsplit(page.url).path == "/shop/"
    if app.has_sessions:
        assert answers.pop("GET /shop/session") == 401
    assert {path: status for path, status in answers.items() if status >= 400} == {}
    assert all(path.split()[1].startswith("/shop/") for path in answers)
