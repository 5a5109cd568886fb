"""A path that is not there: a page in the same look, at every depth."""

import re

import pytest
from playwright.sync_api import expect

from tests.browsers.chromium import fetch
from tests.browsers.conftest import Serve
from tests.browsers.servers import APP, App
from tests.browsers.visits import DARK, LIGHT, Visits, color, settle

WIDTHS = "(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.documentElement)"


@pytest.fixture(
    params=[
        ("temporal", "none", "localhost"),
        pytest.param(("direct", "sessions", APP), marks=pytest.mark.slow),
    ],
    ids="-".join,
)
def app(request: pytest.FixtureRequest, serve: Serve) -> App:
    strategy, size, host = request.param
    return serve(strategy, size, secure=host != "localhost", host=host)


def test_it_says_so_in_the_look_of_the_page_and_leads_back(app: App, visits: Visits) -> None:
    visits.expect(404)
    page = visits.open(app, color_scheme="light", viewport={"width": 360, "height": 740})
    icon = page.evaluate("document.querySelector('header img').naturalWidth")
    for path in ("nowhere", "nowhere/", "account/settings", "a/b/c/d.html?e=f"):
        response = page.goto(f"{app.origin}/{path}")
        assert response
        assert response.status == 404
        expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
        assert color(page) == LIGHT
        assert page.evaluate("document.querySelector('header img').naturalWidth") == icon
        there, seen = page.evaluate(WIDTHS)
        assert there <= seen
        page.get_by_role("link", name="start page").click()
        expect(page).to_have_url(f"{app.origin}/")
    settle(page)
    page.get_by_label("Dark").check()
    expect(page.locator("#preferences-saved")).to_have_text("Saved")
    page.goto(f"{app.origin}/account/settings")
    assert color(page) == DARK
    # What a script asks for is no page.
    assert fetch(page, "GET", "/nowhere") == (404, '{"detail":"Not Found"}')
    expect(page.get_by_text(re.compile("Loading"))).to_have_count(0)
