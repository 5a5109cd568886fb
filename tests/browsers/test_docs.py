"""/docs in development: Swagger UI of this origin, which a developer signs in from."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsers.chromium import PASSWORD
from tests.browsers.conftest import Serve
from tests.browsers.visits import Visits


def operation(page: Page, method: str, path: str) -> Locator:
    """Open an operation; return it."""
    block = page.locator(f".opblock-{method}").filter(has=page.locator(f'[data-path="{path}"]'))
    block.locator(".opblock-summary-control").click()
    return block


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["temporal", "direct"])
def test_swagger_ui_renders_under_the_policy_and_signs_in(
    serve: Serve, visits: Visits, strategy: str
) -> None:
    app = serve(strategy, "sessions", secure=False, host="localhost", FASTAPI_ENV="development")
    page = visits.browser(app.origin).new_page()
    page.goto(f"{app.origin}/docs")
    expect(page.get_by_role("heading", name="My App")).to_be_visible()
    expect(page.locator(".opblock").first).to_be_visible()

    reading = operation(page, "get", "/session")
    reading.get_by_role("button", name="Execute").click()
    status = reading.locator(".live-responses-table .response-col_status").last
    expect(status).to_contain_text("401")

    signing_in = operation(page, "post", "/session")
    signing_in.locator("textarea").fill(json.dumps({"username": "ada", "password": PASSWORD}))
    signing_in.get_by_role("button", name="Execute").click()
    expect(signing_in.locator(".live-responses-table .response-col_status").last).to_contain_text(
        "201"
    )

    reading.get_by_role("button", name="Execute").click()
    expect(status).to_contain_text("200")
    expect(reading.locator(".live-responses-table")).to_contain_text('"user": "ada"')
