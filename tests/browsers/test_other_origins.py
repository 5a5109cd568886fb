"""No page of another origin reads anything of a visitor, or changes anything for them.

Another site, where a request carries no cookie of theirs, and another port or a sibling subdomain,
which are the same site, so that it carries them all.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browsers.chromium import PASSWORD, fetch, jar, sign_in
from tests.browsers.conftest import Serve
from tests.browsers.servers import APP, OTHER, SIBLING, App, Site

# The app's host, the strategy, and the attacker's host, under another port.
PUSHED = {
    "another site": (APP, "temporal", OTHER),
    "another port": (APP, "direct", APP),
}
NIGHTLY = {
    "a sibling": (APP, "temporal", SIBLING),
    "another site than localhost": ("localhost", "direct", "127.0.0.1"),
    "another port of localhost": ("localhost", "temporal", "localhost"),
}
GRACE = {"username": "grace", "password": PASSWORD}

EXAMPLES = ("/cookie-and-object/", "/cookie/")  # of either strategy
REQUESTS: list[tuple[str, str, object]] = [
    ("GET", "/preferences", None),
    ("PUT", "/preferences", {"theme": "light", "text_size": 50}),
    ("DELETE", "/preferences", None),
    ("GET", "/welcome", None),
    ("GET", "/session", None),
    ("POST", "/session", GRACE),
    ("POST", "/session/confirm", {"password": PASSWORD}),
    ("DELETE", "/session", None),
    ("GET", "/sessions", None),
    ("DELETE", "/sessions", None),
    *(("POST", path, None) for path in EXAMPLES),
]

NO_CORS = """async ([url, body]) => {
  const told = [];
  for (const sent of [{method: "GET"}, {method: "POST", body}]) {
    const options = {mode: "no-cors", credentials: "include", ...sent};
    told.push(await fetch(url, options).then(
      async (response) => [response.type, response.status, await response.text()], String,
    ));
  }
  return told;
}"""
FORM = """([action, enctype, name, value]) => {
  const form = Object.assign(document.createElement("form"), {action, enctype, method: "post"});
  form.append(Object.assign(document.createElement("input"), {name, value}));
  document.body.append(form);
  form.submit();
}"""
ELEMENT = """([tag, url]) => new Promise((resolve) => {
  const element = document.createElement(tag);
  element.onload = () => {
    const readable = tag !== "iframe" || element.contentDocument !== null;
    resolve(readable ? "load" : "load, nothing to read");
  };
  element.onerror = () => resolve("error");
  element.rel = "stylesheet";
  element[tag === "link" ? "href" : "src"] = url;
  document.body.append(element);
})"""
FRAME = """(url) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.style = "position: fixed; inset: 0; width: 100%; height: 100%; border: 0; opacity: 0.01";
  frame.onload = resolve;
  frame.src = url;
  document.body.append(frame);
})"""
SOCKET = """(url) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onmessage = (event) => resolve(`read: ${event.data}`);
  socket.onerror = () => resolve("refused");
})"""


class Visitor:
    """ada, signed in and with preferences, and a page of an attacker in the same browser."""

    def __init__(self, app: App, context: BrowserContext, site: Site, host: str) -> None:
        self.app = app
        self.is_cross_site = host in {OTHER, "127.0.0.1"}
        self.page = context.new_page()
        self.page.goto(f"{app.origin}/private/page")
        fetch(self.page, "PUT", "/preferences", {"theme": "dark", "text_size": 120})
        fetch(self.page, "GET", "/welcome")
        sign_in(self.page)
        self.before = self.state()
        self.seen_before = len(app.seen())
        self.attacker = context.new_page()
        self.attacker.goto(site.url(host))

    def state(self) -> object:
        """Return all that an attacker could change, as the visitor and the server see it."""
        cookies = sorted((each["name"], each["value"]) for each in jar(self.page))
        answers = [fetch(self.page, "GET", path) for path in ("/preferences", "/session")]
        assert [status for status, _ in answers] == [200, 200]
        return cookies, answers

    def attacks(self) -> list[dict[str, Any]]:
        """Return the requests of the attacker that reached the app."""
        return self.app.seen()[self.seen_before :]

    def assert_unharmed(self) -> None:
        attacks = self.attacks()
        assert self.state() == self.before
        for each in attacks:
            if each["method"] not in {"GET", "OPTIONS"}:
                assert each["status"] == 403, each
            if self.is_cross_site:
                assert not each["cookie"], each

    def assert_only_same_site_requests_carried_cookies(self) -> None:
        """What carried them was refused for another reason, which is the app's doing."""
        carried = any("-session=" in each["cookie"] for each in self.attacks())
        assert carried != self.is_cross_site


@pytest.fixture(
    params=[
        *(pytest.param(case, id=name) for name, case in PUSHED.items()),
        *(pytest.param(case, id=name, marks=pytest.mark.slow) for name, case in NIGHTLY.items()),
    ]
)
def attacked(
    request: pytest.FixtureRequest,
    serve: Serve,
    visitor: BrowserContext,
    https_site: Site,
    http_site: Site,
) -> Visitor:
    host, strategy, attacker = request.param
    secure = host != "localhost"
    app = serve(strategy, "sessions", secure=secure, host=host)
    return Visitor(app, visitor, https_site if secure else http_site, attacker)


def test_fetch_reads_and_changes_nothing(attacked: Visitor) -> None:
    for method, path, body in REQUESTS:
        url = attacked.app.origin + path
        answer = fetch(attacked.attacker, method, url, body, credentials="include")
        assert answer == (0, "TypeError: Failed to fetch"), (method, path)
    attacked.assert_only_same_site_requests_carried_cookies()
    attacked.assert_unharmed()


def test_requests_without_a_preflight_read_and_change_nothing(attacked: Visitor) -> None:
    body = json.dumps(GRACE)
    paths = ("/session", "/session/confirm", "/preferences", *EXAMPLES)
    for path in paths:
        told = attacked.attacker.evaluate(NO_CORS, [attacked.app.origin + path, body])
        assert all(each in (["opaque", 0, ""], "TypeError: Failed to fetch") for each in told)
    posted = [each["path"] for each in attacked.attacks() if each["method"] == "POST"]
    assert posted == [*paths]
    attacked.assert_only_same_site_requests_carried_cookies()
    attacked.assert_unharmed()


def test_a_form_changes_nothing(attacked: Visitor) -> None:
    # As text/plain, this is the JSON that signs grace in.
    name, value = json.dumps(GRACE)[:-1] + ', "x": "', '"}'
    for path in ("/session", "/preferences", *EXAMPLES):
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            with attacked.attacker.expect_navigation():
                attacked.attacker.evaluate(FORM, [attacked.app.origin + path, kind, name, value])
            assert "came from a page of another origin" in attacked.attacker.content()
            attacked.attacker.go_back()
    assert len(attacked.attacks()) == 8
    attacked.assert_only_same_site_requests_carried_cookies()
    attacked.assert_unharmed()


def test_nothing_that_is_embedded_can_be_read(attacked: Visitor) -> None:
    for tag in ("img", "script", "link", "iframe"):
        for path in ("/session", "/preferences"):
            told = attacked.attacker.evaluate(ELEMENT, [tag, attacked.app.origin + path])
            assert told == ("load, nothing to read" if tag == "iframe" else "error")
    assert len(attacked.attacks()) == 8
    attacked.assert_only_same_site_requests_carried_cookies()
    attacked.assert_unharmed()


def test_a_socket_is_refused(attacked: Visitor) -> None:
    socket = attacked.app.origin.replace("http", "ws", 1) + "/private/socket"
    assert attacked.attacker.evaluate(SOCKET, socket) == "refused"
    assert [each["status"] for each in attacked.attacks()] == [403]
    attacked.assert_unharmed()
    assert "preferences=" in attacked.page.evaluate(SOCKET, socket)


def test_the_click_that_would_sign_ada_out_does_nothing(attacked: Visitor) -> None:
    attacked.attacker.evaluate(FRAME, f"{attacked.app.origin}/private/button")
    [frame] = attacked.attacker.frames[1:]
    assert frame.url == "chrome-error://chromewebdata/"
    attacked.attacker.mouse.click(200, 200)
    attacked.assert_unharmed()


@pytest.mark.slow
def test_negative_control_where_a_sibling_may_frame_it_the_click_signs_ada_out(
    serve: Serve, visitor: BrowserContext, https_site: Site
) -> None:
    app = serve("temporal", "sessions", WITHOUT_CSP="yes")
    attacked = Visitor(app, visitor, https_site, SIBLING)
    attacked.attacker.evaluate(FRAME, f"{app.origin}/private/button")
    attacked.attacker.mouse.click(200, 200)
    attacked.attacker.frame_locator("iframe").get_by_text("Signed out").wait_for()
    assert fetch(attacked.page, "GET", "/session")[0] == 401
