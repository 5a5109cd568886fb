"""What a check could not look at stands below the results, with the line to write.

`tests/kit/asvs.py` loads this.
"""

from collections.abc import Generator

import pytest

UNSEEN: list[str] = []
"""Of the test that runs."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    UNSEEN.clear()
    try:
        return (yield)
    finally:
        # With the test's report: pytest-xdist runs it in another process than the one
        # that prints.
        item.user_properties += [("unseen", each) for each in UNSEEN]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [each for found in terminalreporter.stats.values() for each in found]
    properties = [
        pair for each in reports for pair in getattr(each, "user_properties", ())
    ]
    if lines := dict.fromkeys(value for name, value in properties if name == "unseen"):
        terminalreporter.section(
            "not looked at for cookies: see REQUESTS in tests/test_app.py"
        )
        for line in lines:
            terminalreporter.write_line(str(line))
