"""The OpenAPI document shows the cookies, from the declarations."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.cookies import LOCALE, PREFERENCES
from app.declaration import set_cookie_header


@pytest.fixture
def paths(app: FastAPI) -> dict[str, Any]:
    return dict(app.openapi()["paths"])


def test_a_request_cookie_is_a_parameter(paths: dict[str, Any]) -> None:
    assert paths["/preferences"]["get"]["parameters"] == [
        {
            "name": "preferences",
            "in": "cookie",
            "required": False,
            "schema": {
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "description": PREFERENCES.purpose,
                "title": "Preferences",
            },
            "description": PREFERENCES.purpose,
        }
    ]


def test_the_cookie_that_a_dependency_reads_is_a_parameter_too(paths: dict[str, Any]) -> None:
    parameters = paths["/welcome"]["get"]["parameters"]
    assert ("cookie", "locale") in [(each["in"], each["name"]) for each in parameters]


def test_a_response_cookie_is_a_header(paths: dict[str, Any]) -> None:
    header = {
        "schema": {"type": "string"},
        "description": (
            "`locale=…; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax; Secure`: "
            "Remembers the language in which you were welcomed."
        ),
    }
    assert paths["/welcome"]["get"]["responses"]["200"]["headers"]["Set-Cookie"] == header


def test_several_response_cookies_share_the_header() -> None:
    description = set_cookie_header(LOCALE, PREFERENCES)["Set-Cookie"]["description"]
    assert [line.partition("=")[0] for line in description.split("\n\n")] == [
        "`locale",
        "`preferences",
    ]
