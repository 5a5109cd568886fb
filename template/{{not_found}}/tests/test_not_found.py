"""The page in `app/frontend/404.html`. Delete this file with it."""

import re
from urllib.parse import urljoin

import pytest

from tests.kit.browser import Browser

NOWHERE = ["/nowhere", "/nowhere/", "/account/settings", "/a/b/c.html?d=/e"]


@pytest.mark.parametrize("path", NOWHERE)
def test_people_get_a_page_whose_urls_hold_at_every_depth(browser: Browser, path: str) -> None:
    page = browser.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert named
    for url in named:
        assert urljoin(f"/shop{path}", url).startswith("/shop/"), url  # behind a path prefix, too
        assert browser.get(urljoin(path, url)).is_success, url


@pytest.mark.parametrize("path", NOWHERE)
def test_clients_get_json_and_no_page(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
