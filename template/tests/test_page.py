"""The page in `app/frontend`. Delete this file with it."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from tests.kit.browser import Browser


@pytest.fixture
def scripts(browser: Browser) -> dict[str, str]:
    """The scripts of the page."""
    paths = re.findall(r'src="\./([^"]+\.js)"', browser.get("/").text)
    assert "page.js" in paths
    return {path: browser.get(f"/{path}").text for path in [*paths, "api.js"]}


class Tags(HTMLParser):
    """The tags of a page, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_it_is_served_with_all_that_it_asks_for(browser: Browser, scripts: dict[str, str]) -> None:
    page = browser.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    # Of this origin: what others serve is theirs.
    named = re.findall(r'(?:src|href)="(?![a-z]+:|//)([^"]+)"', page.text)
    imported = re.findall(r'from "([^"]+)"', "".join(scripts.values()))
    for path in (*named, *imported):
        # Relative, so that it works behind a path prefix, too.
        assert urljoin("/shop/", path).startswith("/shop/"), path
        assert browser.get(urljoin("/", path)).is_success, path


def test_it_works_under_a_policy_that_allows_nothing_inline(browser: Browser) -> None:
    for tag, attributes in Tags(browser.get("/").text).found:
        assert tag != "style"
        assert tag != "script" or attributes.get("src"), "move it into a file: docs/deploy.md"
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag


def test_what_is_typed_reaches_no_url_before_a_script_is_there(browser: Browser) -> None:
    forms = [attributes for tag, attributes in Tags(browser.get("/").text).found if tag == "form"]
    assert forms
    assert {attributes.get("method") for attributes in forms} == {"post"}


def test_v3_5_7_scripts_are_the_same_for_everybody(
    scripts: dict[str, str], browser: Browser
) -> None:
    browser.put("/preferences", json={"theme": "dark", "text_size": 120})
    assert {path: browser.get(f"/{path}").text for path in scripts} == scripts
