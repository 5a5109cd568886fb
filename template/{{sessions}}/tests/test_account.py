"""Signing in on the page. Delete this file with it."""

import re

from tests.kit.browser import Browser


def test_v3_5_7_its_script_is_the_same_for_everybody(browser: Browser, signed_in: Browser) -> None:
    assert signed_in.get("/account.js").text == browser.get("/account.js").text


def test_it_finds_what_it_looks_for(browser: Browser) -> None:
    page, script = browser.get("/").text, browser.get("/account.js").text
    looked_for = re.findall(r'byId\("([^"]+)"\)', script)
    assert looked_for
    assert {name for name in looked_for if f'id="{name}"' not in page} == set()
