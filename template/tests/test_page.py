"""The page in `app/frontend`. Delete this file with it."""

import re

import pytest

from tests.kit.browser import Browser


@pytest.fixture
def scripts(browser: Browser) -> dict[str, str]:
    """The scripts of the page."""
    paths = re.findall(r'src="([^"]+)"', browser.get("/").text)
    return {path: browser.get(path).text for path in paths}


def test_it_is_served_with_all_that_it_asks_for(browser: Browser) -> None:
    page = browser.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert browser.get(path).is_success, path


def test_v3_5_5_v14_3_3_scripts_take_no_messages_and_store_nothing(
    scripts: dict[str, str],
) -> None:
    assert scripts
    for text in scripts.values():
        assert not re.search(r"onmessage|[\"']message[\"']|postMessage", text)
        assert not re.search(r"localStorage|sessionStorage|indexedDB|caches\.|cookie *=[^=]", text)


def test_v3_5_7_scripts_are_the_same_for_everybody(
    scripts: dict[str, str], browser: Browser
) -> None:
    browser.put("/preferences", json={"theme": "dark", "text_size": 120})
    assert {path: browser.get(path).text for path in scripts} == scripts
