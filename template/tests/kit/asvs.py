"""Which requirements of OWASP ASVS 5.0.0 the tests cover: `uv run pytest --asvs`.

The name of a test says what it shows: `test_v3_5_1_forged_requests_are_refused` belongs
to requirement 3.5.1, `test_v3_5_1_v3_5_3_...` to two. A number that is not in the table
below means no requirement, so your tests may have any names. With `--asvs`, the run
fails if a requirement that the app has to meet has no test, or only skipped ones.

Requirements about a page need no test here. The template's own tests show in Chromium
that the page it comes with meets them. Test your own page yourself.

The summaries are our words. The full text is in
https://github.com/OWASP/ASVS/tree/v5.0.0_release/5.0/en.
"""

import re
from collections import defaultdict
from typing import NamedTuple

import pytest

# Here, since projects name this module in their pyproject.toml.
pytest_plugins = ["tests.kit.unseen"]


class Requirement(NamedTuple):
    """A requirement of the ASVS."""

    level: int  # 1, 2 or 3: from which level on it is demanded
    summary: str  # what it asks for, in short
    not_ours: str = ""  # why the app does not have to meet it
    # About a page: the template's own tests show it, in Chromium.
    in_a_browser: bool = False


PREFLIGHTS = (
    "Nothing relies on preflights; 3.5.1 is about requests with and without one."
)
HOSTNAMES = "Whoever deploys the app decides what else its hostname serves."
REPORTS = "Whoever runs the app decides where: protect(…, csp={'report-uri': …})."

REQUIREMENTS: dict[str, Requirement] = {
    # 3.4 Browser Security Mechanism Headers
    "3.4.1": Requirement(
        1, "HSTS of a year or more; whether for subdomains is their owner's"
    ),
    "3.4.2": Requirement(1, "CORS allows no origin but those that are trusted by name"),
    "3.4.3": Requirement(2, "CSP: no plugins, no base, scripts of this origin only"),
    "3.4.4": Requirement(2, "X-Content-Type-Options: nosniff is on every answer"),
    "3.4.5": Requirement(2, "Referrer-Policy keeps paths from other origins"),
    "3.4.6": Requirement(2, "CSP: frame-ancestors lets nobody frame a page"),
    "3.4.7": Requirement(3, "CSP names where violations are reported", REPORTS),
    "3.4.8": Requirement(3, "Cross-Origin-Opener-Policy is on every page"),
    # 3.5 Browser Origin Separation
    "3.5.1": Requirement(1, "Forged requests from other origins are refused (CSRF)"),
    "3.5.2": Requirement(
        1, "Where CORS preflights protect, no request avoids them", PREFLIGHTS
    ),
    "3.5.4": Requirement(2, "Separate applications have separate hostnames", HOSTNAMES),
    "3.5.5": Requirement(
        2,
        "postMessage: messages of unknown origin or form are discarded",
        in_a_browser=True,
    ),
    "3.5.7": Requirement(
        3, "Scripts contain no data that requires authorization", in_a_browser=True
    ),
    # 14.3 Client-side Data Protection
    "14.3.3": Requirement(
        2, "Browser storage holds nothing sensitive but cookies", in_a_browser=True
    ),
}

NAME = re.compile(r"test((?:_v\d+_\d+_\d+)+)_(?!\d)")


def numbers(name: str) -> list[str]:
    """Return the requirements to which the test `name` belongs."""
    found = (
        match[1].replace("_", ".").split(".v")[1:]
        if (match := NAME.match(name))
        else []
    )
    return [
        each
        for each in found
        if each in REQUIREMENTS and not REQUIREMENTS[each].not_ours
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--asvs", action="store_true", help="show which ASVS requirements are met"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("asvs"):
        config.pluginmanager.register(Table())


class Table:
    """Collects how the tests of each requirement end, and prints the table."""

    def __init__(self) -> None:
        self.ends: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.location[2].partition("[")[0].rpartition(".")[2]
        for number in numbers(name):
            if report.failed:
                self.ends[number][report.nodeid] = "failed"
            elif report.skipped or report.when == "call":
                self.ends[number].setdefault(report.nodeid, report.outcome)

    def is_met(self, number: str) -> bool:
        ends = self.ends[number].values()
        shown = "passed" in ends or REQUIREMENTS[number].in_a_browser
        return shown and "failed" not in ends

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        ours = [
            number
            for number, requirement in REQUIREMENTS.items()
            if not requirement.not_ours
        ]
        if session.exitstatus == pytest.ExitCode.OK and not all(map(self.is_met, ours)):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        # By whether it is met in a browser.
        ours: dict[bool, list[tuple[str, bool]]] = {False: [], True: []}
        others = []
        for number, (level, summary, not_ours, in_a_browser) in REQUIREMENTS.items():
            ends = list(self.ends[number].values())
            passed = f"{ends.count('passed')}/{len(ends)}"
            if not ends:
                passed = "in Chromium" if in_a_browser else "NO TEST RAN"
            passed += " FAILED" * ("failed" in ends) + " SKIPPED" * ("skipped" in ends)
            start = f"{number:11}  {level:>5}  "
            if not_ours:
                others.append(f"{start}{summary}\n{' ' * len(start)}{not_ours}")
            else:
                row = f"{start}{summary:66}  {len(ends):>5}  {passed}"
                ours[in_a_browser].append((row, self.is_met(number)))
        terminalreporter.section("OWASP ASVS 5.0.0")
        terminalreporter.write_line(
            f"requirement  level  {'summary':66}  tests  passed"
        )
        for in_a_browser, rows in ours.items():
            if in_a_browser:
                terminalreporter.section(
                    "Shown in Chromium: by the template's tests, of its page"
                )
            for row, is_met in rows:
                terminalreporter.write_line(row, green=is_met, red=not is_met)
        terminalreporter.section("Not the app's to meet")
        for row in others:
            terminalreporter.write_line(row)
        met = [is_met for rows in ours.values() for _, is_met in rows]
        told = f"{sum(met)} of {len(met)} requirements met"
        told += f", {len(ours[True])} of them in Chromium"
        terminalreporter.section(told, red=not all(met))
