"""The app as it is: protected, and with no cookie but those declared."""

from pathlib import Path

from fastapi import FastAPI

import app as package
from app.settings import Settings
from tests.kit import checks
from tests.kit.browser import Browser

# How to request the path operations that take more than their path: arguments of
# `Browser.request`, such as json, params, headers, or a url where the path has parameters.
# None leaves one out, such as a stream that waits for ever.
REQUESTS: checks.Requests = {
    ("PUT", "/preferences"): {"json": {"theme": "dark", "text_size": 120}},
}


def test_it_is_protected(app: FastAPI) -> None:
    checks.assert_protected(app)


def test_unset_means_production(settings: Settings) -> None:
    assert settings.fastapi_env == "production"


def test_every_cookie_is_declared_and_documented(app: FastAPI, browser: Browser) -> None:
    checks.assert_cookies_are_declared(app, browser, REQUESTS)


def test_no_cookie_is_set_past_its_declaration() -> None:
    assert package.__file__ is not None
    checks.assert_no_cookie_is_set_past_its_declaration(Path(package.__file__).parent)
