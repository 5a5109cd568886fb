"""Preferences live in the visitor's browser, where scripts read them."""

import json
from urllib.parse import unquote

import pytest

from tests.kit.browser import Browser

DEFAULTS = {"theme": "system", "text_size": 100}
DARK = {"theme": "dark", "text_size": 120}


def test_without_a_cookie_there_are_defaults(browser: Browser) -> None:
    response = browser.get("/preferences")
    assert response.json() == DEFAULTS
    assert "set-cookie" not in response.headers


def test_they_are_stored_for_a_year_and_read_back(browser: Browser) -> None:
    response = browser.put("/preferences", json=DARK)
    assert response.json() == DARK
    [cookie] = browser.received(response)
    assert cookie.attributes["max-age"] == str(365 * 24 * 60 * 60)
    assert browser.get("/preferences").json() == DARK


def test_the_first_time_is_201_and_the_next_200(browser: Browser) -> None:
    assert browser.put("/preferences", json=DARK).status_code == 201
    assert browser.put("/preferences", json=DEFAULTS).status_code == 200


def test_a_script_in_the_page_reads_them(browser: Browser) -> None:
    browser.put("/preferences", json=DARK)
    assert json.loads(unquote(browser.document_cookie()["preferences"])) == DARK


def test_delete_makes_the_browser_drop_them(browser: Browser) -> None:
    browser.put("/preferences", json=DARK)
    response = browser.delete("/preferences")
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
    assert browser.value("preferences") is None
    assert browser.get("/preferences").json() == DEFAULTS


@pytest.mark.parametrize("body", [{"theme": "pink"}, {"text_size": 5000}, [], None])
def test_preferences_that_make_no_sense_are_refused_and_not_stored(
    browser: Browser, body: object
) -> None:
    response = browser.put("/preferences", json=body)
    assert response.status_code == 422
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "value",
    ["", "{", "null", "[]", "%ff", '{"theme":"pink"}', "%7B%22text_size%22:1e9%7D", "%5B" * 3000],
)
def test_a_cookie_that_does_not_validate_counts_as_absent(browser: Browser, value: str) -> None:
    headers = {"Cookie": f"preferences={value}"}
    response = browser.get("/preferences", headers=headers)
    assert (response.status_code, response.json()) == (200, DEFAULTS)
    assert browser.put("/preferences", json=DARK, headers=headers).status_code == 201
