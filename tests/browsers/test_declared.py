"""Chromium stores each cookie that the app sets exactly as it is declared, until it is deleted."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.answers import SIZES, STRATEGIES, covering, label
from tests.browsers.chromium import PASSWORD, fetch, jar
from tests.browsers.conftest import Serve
from tests.browsers.servers import APP, App

SCHEMES = ("http", "https")
ALL = [
    {"strategy": strategy, "size": size, "scheme": scheme}
    for strategy in STRATEGIES
    for size in SIZES
    for scheme in SCHEMES
]
FEW = covering(ALL, 2)

# What a path operation takes; the others take nothing.
BODIES = {
    ("POST", "/session"): {"username": "ada", "password": PASSWORD},
    ("POST", "/session/confirm"): {"password": PASSWORD},
    ("PUT", "/preferences"): {"theme": "dark", "text_size": 120},
}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=label(case), marks=() if case in FEW else pytest.mark.slow)
        for case in ALL
    ],
)
def test_each_cookie_is_stored_as_declared_until_it_is_deleted(
    serve: Serve, page: Page, case: dict[str, str]
) -> None:
    secure = case["scheme"] == "https"
    app = serve(case["strategy"], case["size"], secure=secure, host=APP if secure else "localhost")
    declared = {each["name"]: each for each in app.ask("/private/declared")}
    assert_kept_as_declared(app, page, declared)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_with_cookies_over_http_chromium_keeps_them_from_any_host(
    serve: Serve, page: Page, strategy: str
) -> None:
    environment = {"FASTAPI_ENV": "development", "COOKIES_OVER_HTTP": "true"}
    app = serve(strategy, "sessions", secure=False, **environment)
    declared = {
        name: {**each, "name": name, "secure": False}
        for each in app.ask("/private/declared")
        for name in [f"over-http-{each['name']}" if each["name"][:2] == "__" else each["name"]]
    }
    assert_kept_as_declared(app, page, declared)


@pytest.mark.slow
def test_negative_control_without_that_setting_chromium_drops_them(
    serve: Serve, page: Page
) -> None:
    app = serve("temporal", "sessions", secure=False)
    page.goto(f"{app.origin}/private/page")
    assert fetch(page, "PUT", "/preferences", BODIES["PUT", "/preferences"])[0] == 201
    assert jar(page) == []


def assert_kept_as_declared(app: App, page: Page, declared: dict[str, dict[str, Any]]) -> None:
    """Request every path operation of the app; what deletes comes last."""
    page.goto(f"{app.origin}/private/page")
    operations = [
        (method.upper(), path)
        for path, methods in app.ask("/openapi.json")["paths"].items()
        for method in methods
    ]
    expected: dict[str, dict[str, Any]] = {}
    deleted = set()
    for method, path in sorted(operations, key=lambda each: each[0] == "DELETE"):
        before = len(app.seen())
        fetch(page, method, path, BODIES.get((method, path)))
        [noted] = app.seen()[before:]
        for header in noted["set-cookie"]:
            name, _, value = header.partition(";")[0].partition("=")
            expected.pop(name, None)
            if value:
                expected[name] = declared[name] | {"value": value, "since": time.time()}
            else:
                deleted.add(name)
        assert_same(jar(page), expected, app.host)
        read_by_script = {
            pair.partition("=")[0] for pair in page.evaluate("document.cookie").split("; ") if pair
        }
        assert read_by_script == {
            name for name, cookie in expected.items() if not cookie["httponly"]
        }
        if "session" in path:
            assert not any("session" in name for name in read_by_script - {"fakesession"})
    assert {*expected, *deleted} == {*declared}
    ends = {name for name in declared if name == "preferences" or name.endswith("-session")}
    assert deleted == ends


def assert_same(
    stored: list[dict[str, Any]], expected: dict[str, dict[str, Any]], host: str
) -> None:
    assert sorted(cookie["name"] for cookie in stored) == sorted(expected)
    for cookie in stored:
        wanted = expected[cookie["name"]]
        domain = wanted["domain"]
        assert {
            "value": cookie["value"],
            "domain": cookie["domain"],
            "path": cookie["path"],
            "secure": cookie["secure"],
            "httponly": cookie["httpOnly"],
            "samesite": cookie.get("sameSite", "").lower(),
            "partitioned": "partitionKey" in cookie,
            "session": cookie["session"],
        } == {
            "value": wanted["value"],
            "domain": f".{domain}" if domain else host,
            "path": wanted["path"],
            "secure": wanted["secure"],
            "httponly": wanted["httponly"],
            "samesite": wanted["samesite"],
            "partitioned": wanted["partitioned"],
            "session": wanted["max_age"] is None,
        }
        if wanted["max_age"] is not None:
            lifetime = cookie["expires"] - wanted["since"]
            assert abs(lifetime - wanted["max_age"]) < 10
