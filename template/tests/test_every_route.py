"""Every path operation is requested once, as a browser would."""

from typing import Any

import pytest

from app.declaration import DECLARED
from app.main import app as the_app
from tests.browser import Browser, StoredCookie

# How to request the path operations that take more than their path, as arguments of
# `Browser.request`: json, params, headers, or a url where the path has parameters.
REQUESTS: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", "/preferences"): {"json": {"theme": "dark", "text_size": 120}},
}

OPERATIONS = [
    pytest.param(method.upper(), path, operation, id=f"{method.upper()} {path}")
    for path, operations in the_app.openapi()["paths"].items()
    for method, operation in operations.items()
]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_cookie_is_declared_and_documented(
    browser: Browser, method: str, path: str, operation: dict[str, Any]
) -> None:
    response = browser.request(method, **{"url": path, **REQUESTS.get((method, path), {})})
    assert response.status_code < 400, f"{response.text} - does REQUESTS lack this operation?"
    documented = operation["responses"][str(response.status_code)].get("headers", {})
    for cookie in browser.received(response):
        assert_declared(cookie)
        description = documented.get("Set-Cookie", {}).get("description", "")
        assert f"`{cookie.name}=" in description, (
            f"show {cookie.name!r} in the path operation's responses: set_cookie_header"
        )


def assert_declared(cookie: StoredCookie) -> None:
    key = cookie.name, cookie.attributes["path"]
    assert key in DECLARED, f"declare {cookie.name!r} in app/cookies.py and set it from there"
    declaration = DECLARED[key]
    expected = {
        key.strip().lower(): value
        for key, _, value in (part.partition("=") for part in declaration.attributes.split(";"))
    }
    if cookie.is_deletion:
        expected |= {"max-age": "0", "expires": cookie.attributes["expires"]}
    assert cookie.attributes == expected
