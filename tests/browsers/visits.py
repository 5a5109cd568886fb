"""Visitors of the page that an app brings, who notice what is amiss."""

import re
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Route,
    WebError,
    expect,
)

from tests.browsers.chromium import PASSWORD, fetch
from tests.browsers.chromium import sign_in as sign_in_by_fetch
from tests.browsers.servers import App

expect.set_options(timeout=15_000)

FRESH_FOR = 10 * 60
"""For so many seconds after the password was given, it is not asked for again."""
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"

# Whatever else listens, the console has them, too.
REPORT = """addEventListener("securitypolicyviolation", (event) => console.error(
  `violation: ${event.effectiveDirective} ${event.blockedURI}`
))"""
UNASKED = (
    # Who is signed in? Nobody, says the server, and Chromium says so in the console.
    r"^Failed to load resource: the server responded with a status of 401 ",
    # A note on what signing out does.
    r"^Clear-Site-Data header on '[^']+': ",
)


class Visits:
    """Opens the page as new visitors do. Whatever its console says that no test asked for is amiss.

    So is each request to another origin, and each violation of the policy.
    """

    def __init__(self, chromium: Browser, stack: ExitStack) -> None:
        self._chromium, self._stack = chromium, stack
        self._expected = [*UNASKED]
        self._origins: set[str] = set()
        self._said: list[str] = []

    def expect(self, *statuses_or_errors: int | str) -> None:
        """Let Chromium say so in the console: the test asks for it."""
        for each in statuses_or_errors:
            what = (
                f"the server responded with a status of {each} " if isinstance(each, int) else each
            )
            self._expected.append(f"^Failed to load resource: {what}")

    def amiss(self) -> list[str]:
        return [
            each for each in self._said if not any(re.search(it, each) for it in self._expected)
        ]

    def forget(self) -> None:
        """Pass over what was amiss: the test meant it."""
        self._said.clear()

    def browser(self, origin: str, **options: Any) -> BrowserContext:
        """Return a new visitor's browser."""
        self._origins.add(origin)
        context = self._stack.enter_context(self._chromium.new_context(**options))
        context.add_init_script(REPORT)
        context.on("console", self._note_console)
        context.on("weberror", self._note_error)
        context.on("request", self._note_request)
        return context

    def open(self, app: App, **options: Any) -> Page:
        """Return the page as a new visitor has it."""
        return self.tab(self.browser(app.origin, **options), app)

    def tab(self, context: BrowserContext, app: App) -> Page:
        """Return the page in another tab of the same visitor."""
        page = context.new_page()
        page.goto(f"{app.origin}/")
        settle(page)
        return page

    def _note_console(self, message: ConsoleMessage) -> None:
        self._said.append(message.text)

    def _note_error(self, error: WebError) -> None:
        self._said.append(str(error.error))

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith(("data:", *(f"{each}/" for each in self._origins))):
            self._said.append(f"a request to {request.url}")


def settle(page: Page) -> None:
    """Wait until the page shows what it asks the server for."""
    expect(page.locator("#cookies tbody tr").first).to_be_visible()
    if account := page.locator("#account").all():
        expect(account[0]).to_be_visible()


def sign_in(page: Page, password: str = PASSWORD, name: str = "ada") -> None:
    """Sign in as people do."""
    form = page.locator("#sign-in")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(password)
    form.get_by_role("button", name="Sign in").click()


def be_signed_in(page: Page) -> None:
    sign_in(page)
    expect(page.locator("#user")).to_have_text("ada")
    expect(page.locator("#sessions li").first).to_be_visible()


def on_three_devices(app: App, visits: Visits) -> tuple[Page, list[BrowserContext]]:
    """Return the page of ada, signed in on two more devices, and those."""
    visits.expect(403, 404)
    page = visits.open(app)
    be_signed_in(page)
    assert fetch(page, "DELETE", "/sessions")[0] == 204  # of other tests
    devices = []
    for device in (WINDOWS, IPHONE):
        other = visits.open(app, user_agent=device)
        sign_in_by_fetch(other)
        devices.append(other.context)
    page.reload()
    expect(page.locator("#sessions li")).to_have_count(3)
    return page, devices


def answered(device: BrowserContext) -> int:
    """Return how the server answers the device."""
    return fetch(device.pages[0], "GET", "/session")[0]


def listed(page: Page, device: str) -> Locator:
    return page.locator("#sessions li").filter(has_text=device)


def sign_out_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Sign out")


def notice_other_tabs(page: Page) -> None:
    """Return to the tab: headless, all of them have the focus at all times."""
    page.evaluate("dispatchEvent(new Event('focus'))")


def here_now(page: Page, name: str) -> Locator:
    """Return what the table says: whether the cookie is in the browser."""
    row = page.locator("#cookies tbody tr").filter(has_text=re.compile(f"^{re.escape(name)}"))
    return row.locator("td").last


def hold(page: Page, pattern: str) -> list[Route]:
    """Let the first of these requests wait; return them all as they come."""
    came: list[Route] = []

    def wait(route: Route) -> None:
        came.append(route)
        if len(came) > 1:
            route.continue_()

    page.route(pattern, wait)
    return came


def first(page: Page, held: list[Route]) -> Route:
    """Wait for the first of the held requests, however long the page takes to send it."""
    for _ in range(1500):
        if held:
            return held[0]
        page.wait_for_timeout(20)  # lets Playwright tell what came
    raise AssertionError("no such request came")


def wait_until(page: Page, expression: str) -> None:
    """Wait until it is true. Playwright's own would need `eval`, which the policy refuses."""
    page.evaluate(f"""() => new Promise((resolve) => {{
      (function look() {{ if ({expression}) resolve(); else setTimeout(look, 20); }})();
    }})""")


def color(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


LIGHT, DARK = "rgb(245, 247, 246)", "rgb(15, 20, 19)"
