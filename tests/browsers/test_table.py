"""What Chromium keeps of a Set-Cookie header, the tests' own `Browser` keeps, and no more."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.browsers.chromium import fetch, jar
from tests.browsers.conftest import Project
from tests.browsers.servers import Answer, Site
from tests.browsers.table import DECLARATIONS, HOSTS, ROWS, Row
from tests.conftest import Environment
from tests.gates import OLDEST

Kept = list[dict[str, Any]]


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


def chromium_keeps(chromium: Browser, sites: dict[str, Site], rows: list[Row]) -> dict[str, Kept]:
    """Return what Chromium keeps of each row."""
    kept = {}
    with chromium.new_context() as visitor:
        pages = {host: visitor.new_page() for host in HOSTS}
        for host, origin in HOSTS.items():
            scheme, _, name = origin.partition("://")
            pages[host].goto(sites[scheme].url(name))
        for row in rows:
            site = sites[HOSTS[row.host].partition(":")[0]]
            for headers in row.responses:
                lines = [b"Set-Cookie: " + header for header in headers]
                site.answers["/row/1"] = Answer(headers=lines)
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
                for cookie in jar(pages[row.host])
            ]
            visitor.clear_cookies()
    return kept


def browser_keeps(project: Path, python: Path, rows: list[Row]) -> dict[str, Kept]:
    """Return what `Browser` keeps of each row."""
    headers = [
        (HOSTS[row.host], [[header.decode("latin-1") for header in each] for each in row.responses])
        for row in rows
    ]
    kept = ask(project, python, headers=headers)["kept"]
    return {row.name: each for row, each in zip(rows, kept, strict=True)}


DISAGREEMENTS = {
    "one name twice in a response": "RFC 10025, section 4.1.1: no server sends that. So `Browser` "
    "refuses it, although browsers keep the last one (section 5.7).",
    "public suffix of two labels": "RFC 10025, section 5.7: `Browser` has no list of public "
    "suffixes, and takes those of one label only.",
}


def test_browser_keeps_what_chromium_keeps(
    chromium: Browser,
    https_site: Site,
    http_site: Site,
    watched_project: Project,
    environment: Environment,
) -> None:
    theirs = chromium_keeps(chromium, {"https": https_site, "http": http_site}, ROWS)
    ours = browser_keeps(watched_project("temporal", "none"), environment(OLDEST), ROWS)
    for kept in theirs.values():
        for cookie in kept:
            del cookie["days"]  # which `Browser` does not count
    for kept in (*theirs.values(), *ours.values()):
        kept.sort(key=lambda cookie: (cookie["value"], cookie["domain"], cookie["path"]))
    different = {name: (theirs[name], ours[name]) for name in theirs if theirs[name] != ours[name]}
    assert len(DISAGREEMENTS) <= 3
    assert different.keys() == DISAGREEMENTS.keys(), json.dumps(different, indent=1)
    assert len(ROWS) == len(theirs) > 40


STRICTER = {
    "empty name": "RFC 10025, section 4.1.1: a name is a token. Browsers keep others, too.",
    "space in the name": "As above.",
    "quotes in the name": "As above.",
    "non-ASCII name": "As above.",
    "reserved name": "Parsers of the Cookie header, http.cookies among them, lose it.",
    "empty domain": "It means no domain (section 5.6.3), which is declared by leaving it out.",
    "non-ASCII path": "Section 4.1.1: a path is ASCII. Browsers send it in requests with escapes.",
}
"""What `Cookie` refuses although Chromium would keep exactly that, and why."""


def test_chromium_keeps_what_cookie_declares_and_drops_what_it_refuses(
    chromium: Browser,
    https_site: Site,
    http_site: Site,
    watched_project: Project,
    environment: Environment,
) -> None:
    project, python = watched_project("temporal", "none"), environment(OLDEST)
    declared = ask(project, python, declarations=[*DECLARATIONS.values()])["declared"]
    rows = [
        Row(name, ((header.encode(),),))
        for name, (header, _) in zip(DECLARATIONS, declared, strict=True)
    ]
    kept = chromium_keeps(chromium, {"https": https_site, "http": http_site}, rows)
    stricter = {}
    for row, (header, complaint) in zip(rows, declared, strict=True):
        if not complaint:
            assert kept[row.name] == [as_declared(DECLARATIONS[row.name])], header
        elif kept[row.name] == [as_declared(DECLARATIONS[row.name])]:
            stricter[row.name] = complaint
        # Dropped, or kept as something else than was meant.
    assert stricter.keys() == STRICTER.keys(), json.dumps(stricter, indent=1)


def days(seconds: float) -> float:
    return round(seconds / 86400, 1)


def as_declared(options: dict[str, Any]) -> dict[str, Any]:
    """Return the cookie that Chromium is to keep of such a declaration."""
    domain = options.get("domain")
    return {
        "name": options.get("name", "a"),
        "value": options.get("value", "1"),
        "domain": f".{domain.lower()}" if domain else "",
        "path": options.get("path", "/"),
        "secure": options.get("secure", True),
        "httponly": options.get("httponly", True),
        "samesite": options.get("samesite", "lax"),
        "partitioned": options.get("partitioned", False),
        "days": days(options["max_age"]) if "max_age" in options else None,
    }
