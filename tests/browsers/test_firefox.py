"""The same table in Firefox: `uv run pytest tests/browsers/test_firefox.py --all -rP` prints it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browsers.conftest import Project
from tests.browsers.firefox import firefox_running
from tests.browsers.keeping import Kept, browser_keeps, chromium_keeps, firefox_keeps
from tests.browsers.servers import Site
from tests.browsers.table import HOSTS, ROWS
from tests.conftest import Environment
from tests.gates import OLDEST


@pytest.mark.slow
def test_report_what_firefox_keeps_otherwise(
    chromium: Browser,
    https_site: Site,
    http_site: Site,
    watched_project: Project,
    environment: Environment,
    tmp_path: Path,
) -> None:
    sites = [https_site, http_site]
    theirs = chromium_keeps(chromium, sites, ROWS)
    ours = browser_keeps(watched_project("temporal", "sessions"), environment(OLDEST), ROWS)
    hosts = [origin.partition("://")[2] for origin in HOSTS.values()]
    with firefox_running(tmp_path, hosts) as firefox:
        firefoxes = firefox_keeps(firefox, sites, ROWS)
        print(f"Of {len(ROWS)} rows, Firefox {firefox.version} keeps others than Chromium")
        print(f"{chromium.version} and the tests' own Browser:")
    for row in ROWS:
        kept = [shown(each[row.name]) for each in (theirs, firefoxes, ours)]
        if len({*kept}) > 1:
            print(f"\n{row.name}: {row.responses} on {HOSTS[row.host]}")
            print("  Chromium: {}\n  Firefox:  {}\n  Browser:  {}".format(*kept))
    assert len(firefoxes) == len(ROWS)
    assert any(firefoxes.values())


def shown(kept: Kept) -> str:
    """Return what was kept, without what only one of them tells."""
    cookies = [
        f"{each['name'][:30]}={each['value'][:30]}; Path={each['path'][:30]}"
        + (f"; Domain={each['domain']}" if each["domain"] else "")
        + ("; Secure" if each["secure"] else "")
        + ("; HttpOnly" if each["httponly"] else "")
        for each in kept
    ]
    return " | ".join(sorted(cookies)) or "nothing"
