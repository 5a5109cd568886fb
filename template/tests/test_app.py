"""Every path operation is requested once, as a browser would."""

from typing import Any

import pytest

from app.declaration import DECLARED
from app.main import app as the_app
from tests.browser import Browser, StoredCookie
from tests.conftest import CREDENTIALS, PASSWORD

# How to request the path operations that take more than their path, as arguments of
# `Browser.request`: json, params, headers, or a url where the path has parameters, with
# {session_id} for the id of the session.
REQUESTS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/session"): {"json": CREDENTIALS},
    ("POST", "/session/confirm"): {"json": {"password": PASSWORD}},
    ("PUT", "/preferences"): {"json": {"theme": "dark", "text_size": 120}},
}

OPERATIONS = [
    pytest.param(method.upper(), path, operation, id=f"{method.upper()} {path}")
    for path, operations in the_app.openapi()["paths"].items()
    for method, operation in operations.items()
]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_cookie_is_declared_and_documented(
    signed_in: Browser, method: str, path: str, operation: dict[str, Any]
) -> None:
    arguments = {"url": path, **REQUESTS.get((method, path), {})}
    arguments["url"] = arguments["url"].format(
        session_id=signed_in.get("/sessions").json()[0]["id"]
    )
    response = signed_in.request(method, **arguments)
    assert response.status_code < 400, f"{response.text} - does REQUESTS lack this operation?"
    documented = operation["responses"][str(response.status_code)].get("headers", {})
    for cookie in signed_in.received(response):
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
