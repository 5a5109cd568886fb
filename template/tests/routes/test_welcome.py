"""The welcome speaks the visitor's language, and remembers it."""

import pytest

from tests.kit.browser import Browser


def test_a_dependency_sets_a_cookie_and_a_header(browser: Browser) -> None:
    response = browser.get("/welcome", headers={"Accept-Language": "fr"})
    assert response.json() == {"message": "Bonjour", "locale": "fr"}
    assert response.headers["content-language"] == "fr"
    assert {"Accept-Language", "Cookie"} <= {*response.headers["vary"].split(", ")}
    assert response.headers.get_list("set-cookie") == [
        "locale=fr; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax; Secure"
    ]


def test_the_cookie_wins_over_the_browsers_wish_and_is_not_set_again(browser: Browser) -> None:
    browser.get("/welcome", headers={"Accept-Language": "fr"})
    response = browser.get("/welcome", headers={"Accept-Language": "de"})
    assert response.json()["locale"] == "fr"
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("accept_language", "locale"),
    [
        ("", "en"),
        ("*", "en"),
        ("ja", "en"),
        ("es-MX, en;q=0.5", "es"),
        ("en;q=0.2, DE;q=0.9", "de"),
        ("en; q=0.2, de; q=0.9", "de"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=x, fr;q=0.1", "fr"),
        (";;,,=", "en"),
        ("de;q=nan", "en"),
    ],
)
def test_the_most_wanted_locale_that_is_spoken_is_taken(
    browser: Browser, accept_language: str, locale: str
) -> None:
    response = browser.get("/welcome", headers={"Accept-Language": accept_language})
    assert response.json()["locale"] == locale


@pytest.mark.parametrize("value", ["xx", "%ff", "%ED%A0%80", '"en"', "%", ""])
def test_a_cookie_that_cannot_be_read_counts_as_absent(browser: Browser, value: str) -> None:
    headers = {"Cookie": f"locale={value}", "Accept-Language": "de"}
    response = browser.get("/welcome", headers=headers)
    assert response.json()["locale"] == "de"
