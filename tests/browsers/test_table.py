"""What Chromium keeps of a Set-Cookie header, the tests' own `Browser` keeps, and no more."""

import json
from typing import Any

from playwright.sync_api import Browser

from tests.browsers.conftest import Project
from tests.browsers.keeping import ask, browser_keeps, chromium_keeps, days
from tests.browsers.servers import Site
from tests.browsers.table import DECLARATIONS, ROWS, Row
from tests.conftest import Environment
from tests.gates import OLDEST

DISAGREEMENTS = {
    "one cookie twice in a response": "RFC 10025, section 4.1.1: no server sends that. So "
    "`Browser` refuses it, although browsers keep the last one (section 5.7).",
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
    theirs = chromium_keeps(chromium, [https_site, http_site], ROWS)
    ours = browser_keeps(watched_project("temporal", "sessions"), environment(OLDEST), ROWS)
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
LOOSER = {
    "another site's domain": "A declaration does not know the host from which it will be sent.",
}
"""What `Cookie` takes although Chromium drops it, and why."""


def test_chromium_keeps_what_cookie_declares_and_drops_what_it_refuses(
    chromium: Browser,
    https_site: Site,
    http_site: Site,
    watched_project: Project,
    environment: Environment,
) -> None:
    project, python = watched_project("temporal", "sessions"), environment(OLDEST)
    declared = ask(project, python, declarations=[*DECLARATIONS.values()])["declared"]
    rows = [
        Row(name, ((header.encode(),),))
        for name, (header, _) in zip(DECLARATIONS, declared, strict=True)
    ]
    kept = chromium_keeps(chromium, [https_site, http_site], rows)
    stricter = {}
    for row, (header, complaint) in zip(rows, declared, strict=True):
        if row.name in LOOSER:
            assert (complaint, kept[row.name]) == ("", [])
        elif not complaint:
            assert kept[row.name] == [as_declared(DECLARATIONS[row.name])], header
        elif kept[row.name] == [as_declared(DECLARATIONS[row.name])]:
            stricter[row.name] = complaint
        # Dropped, or kept as something else than was meant.
    assert stricter.keys() == STRICTER.keys(), json.dumps(stricter, indent=1)


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
