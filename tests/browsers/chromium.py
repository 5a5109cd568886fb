"""Chromium, as the tests look into it and act in it."""

from typing import Any, cast

from playwright.sync_api import Page

FETCH = """async ([method, url, body, options]) => {
  const sent = body === null ? {} : {
    body: JSON.stringify(body), headers: {"Content-Type": "application/json"},
  };
  try {
    const response = await fetch(url, {method, ...sent, ...options});
    return [response.status, await response.text()];
  } catch (error) {
    return [0, String(error)];
  }
}"""
PASSWORD = "correct horse battery staple"
# Of that password, with parameters that take no time.
HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$TGmhXQBx6zwnntoV9TqbcQ$dC2CNJslJQQi7IBXDclNjsA61XmwnK4xDCd8FuybxWk"
)


def arguments(spki: str) -> list[str]:
    """Return how Chromium is started: every host is this machine, and the certificate is sound."""
    return [
        "--host-resolver-rules=MAP * 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={spki}",
        "--no-proxy-server",
    ]


def fetch(
    page: Page, method: str, url: str, body: object = None, **options: str
) -> tuple[int, str]:
    """Let the page fetch; return the status and the text, or 0 and why it got none."""
    status, text = page.evaluate(FETCH, [method, url, body, options])
    return status, text


def sign_in(page: Page, name: str = "ada") -> None:
    status, text = fetch(page, "POST", "/session", {"username": name, "password": PASSWORD})
    assert status == 201, text


def jar(page: Page) -> list[dict[str, Any]]:
    """Return every cookie that Chromium keeps for this visitor, as DevTools shows it."""
    devtools = page.context.new_cdp_session(page)
    cookies = devtools.send("Network.getAllCookies")["cookies"]
    devtools.detach()
    return cast("list[dict[str, Any]]", cookies)
