"""What Chromium, Firefox and the rendered project's `Browser` keep of the rows of the table."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.browsers.chromium import fetch
from tests.browsers.firefox import Firefox
from tests.browsers.servers import Answer, Site
from tests.browsers.table import HOSTS, Row

Kept = list[dict[str, Any]]


def days(seconds: float) -> float:
    return round(seconds / 86400, 1)


def ask(project: Path, python: Path, **question: object) -> Any:
    """Ask the rendered project's `Browser` and `Cookie`."""
    printed = subprocess.run(
        [python, "judge.py"],
        cwd=project,
        check=True,
        stdout=subprocess.PIPE,
        input=json.dumps(question),
        text=True,
    ).stdout
    return json.loads(printed)


def url(sites: list[Site], host: str) -> str:
    scheme, _, name = HOSTS[host].partition("://")
    [site] = [each for each in sites if each.is_secure == (scheme == "https")]
    return site.url(name)


def answer_with(sites: list[Site], headers: tuple[bytes, ...]) -> None:
    for site in sites:
        site.answers["/row/1"] = Answer(headers=[b"Set-Cookie: " + each for each in headers])


def chromium_keeps(chromium: Browser, sites: list[Site], rows: list[Row]) -> dict[str, Kept]:
    """Return what Chromium keeps of each row."""
    kept = {}
    with chromium.new_context() as visitor:
        pages = {host: visitor.new_page() for host in HOSTS}
        for host, page in pages.items():
            page.goto(url(sites, host))
        devtools = visitor.new_cdp_session(pages["https"])
        for row in rows:
            for headers in row.responses:
                answer_with(sites, headers)
                fetch(pages[row.host], "GET", "/row/1")
            kept[row.name] = [
                {
                    "name": cookie["name"],
                    "value": cookie["value"],
                    "domain": cookie["domain"] if cookie["domain"].startswith(".") else "",
                    "path": cookie["path"],
                    "secure": cookie["secure"],
                    "httponly": cookie["httpOnly"],
                    "samesite": cookie.get("sameSite", "").lower(),
                    "partitioned": "partitionKey" in cookie,
                    "days": None if cookie["session"] else days(cookie["expires"] - time.time()),
                }
                for cookie in devtools.send("Network.getAllCookies")["cookies"]
            ]
            devtools.send("Network.clearBrowserCookies")
    return kept


def browser_keeps(project: Path, python: Path, rows: list[Row]) -> dict[str, Kept]:
    """Return what `Browser` keeps of each row."""
    headers = [
        (HOSTS[row.host], [[header.decode("latin-1") for header in each] for each in row.responses])
        for row in rows
    ]
    kept = ask(project, python, headers=headers)["kept"]
    return {row.name: each for row, each in zip(rows, kept, strict=True)}


def firefox_keeps(firefox: Firefox, sites: list[Site], rows: list[Row]) -> dict[str, Kept]:
    """Return what Firefox keeps of each row."""
    kept = {}
    tabs = {host: firefox.open(url(sites, host)) for host in HOSTS}
    for row in rows:
        for headers in row.responses:
            answer_with(sites, headers)
            firefox.fetch(tabs[row.host], "/row/1")
        kept[row.name] = [
            {
                "name": cookie["name"],
                "value": cookie["value"]["value"],
                "domain": cookie["domain"] if cookie["domain"].startswith(".") else "",
                "path": cookie["path"],
                "secure": cookie["secure"],
                "httponly": cookie["httpOnly"],
                "samesite": cookie["sameSite"],
                "days": days(cookie["expiry"] - time.time()) if "expiry" in cookie else None,
            }
            for cookie in firefox.cookies(tabs[row.host])
        ]
        firefox.forget(tabs[row.host])
    return kept
