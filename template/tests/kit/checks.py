"""What only the real app can show. `tests/test_app.py` calls these on it."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

from app.kit import DECLARED, Place
from app.kit.delivery import keep_temporal_response
from tests.kit.browser import Browser, StoredCookie

Requests = Mapping[tuple[str, str], Mapping[str, Any]]


def assert_protected(app: FastAPI) -> None:
    """Fail where `protect` was not called on `app`, or on a FastAPI app that it mounts."""
    refusal = Browser(app).post("/", headers={"Origin": "https://evil.example"})
    assert refusal.status_code == 403, "call protect(app, settings) right after FastAPI(...)"
    assert "access-control-allow-origin" not in refusal.headers, "name the origins that you trust"
    assert not (app.docs_url or app.redoc_url), "give FastAPI docs_url=None, redoc_url=None"
    for each in (app, *(route.app for route in app.routes if isinstance(route, Mount))):
        if isinstance(each, FastAPI):
            dependencies = [depends.dependency for depends in each.router.dependencies]
            assert keep_temporal_response in dependencies, f"call protect({each.title!r}, settings)"


def assert_cookies_are_declared(app: FastAPI, browser: Browser, requests: Requests = {}) -> None:  # noqa: B006
    """Request every path operation; fail where one sets a cookie that is not as declared.

    `requests` says how to request those that take more than their path: the arguments of
    `Browser.request`, by method and path. Without it, such a path operation answers with an error,
    and only that is looked at.
    """
    operations = [
        ((method.upper(), path), operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    # What deletes comes last: the others may need it.
    for key, operation in sorted(operations, key=lambda each: each[0][0] == "DELETE"):
        response = browser.request(key[0], **{"url": key[1], **requests.get(key, {})})
        assert key not in requests or response.status_code < 400, f"{key}: {response.text}"
        # The whole app's, `FastAPI(responses={"default": …})`, tell what a middleware sets.
        codes = (str(response.status_code), "default")
        shown = [operation["responses"].get(code) for code in codes]
        for cookie in browser.received(response):
            assert_declared(cookie)
            assert response.status_code >= 400 or f"`{cookie.name}=" in str(shown), (
                f"{key}: show {cookie.name!r} in its `responses`, with set_cookie_header"
            )


def assert_declared(cookie: StoredCookie) -> None:
    """Fail where no declaration has this cookie, or one with other attributes."""
    found = cookie.attributes
    place = Place(found["path"], found.get("domain"), "partitioned" in found)
    if cookie.is_deletion and any(
        cookie.name == each.name and place in each.formerly for each in DECLARED.values()
    ):
        return
    assert (cookie.name, place) in DECLARED, f"declare {cookie.name!r}, and set it from there"
    attributes = DECLARED[cookie.name, place].attributes.split(";")
    parts = [each.strip().partition("=") for each in attributes]
    expected = {name.lower(): value for name, _, value in parts}
    if cookie.is_deletion:
        expected |= {"max-age": "0", "expires": found["expires"]}
    assert found == expected


def assert_no_cookie_is_set_past_its_declaration(package: Path) -> None:
    """Fail where code outside the kit calls Starlette's `set_cookie`, or writes the header."""
    for path in sorted(package.rglob("*.py")):
        if (package / "kit") in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            calls = isinstance(node, ast.Attribute) and node.attr in {"set_cookie", "delete_cookie"}
            writes = str(getattr(node, "value", "")).lower().strip("b'") == "set-cookie"
            assert not (calls or writes), (
                f"{path.relative_to(package.parent)}:{getattr(node, 'lineno', '?')}: declare the "
                "cookie with app.kit.Cookie; then COOKIE.set(response, value)"
            )
