"""`python -m app` prints what an operator needs."""

import runpy
import sys

import pytest

import app.__main__
from app.__main__ import cookie_table, main
from app.declaration import DAY, DECLARED, Cookie


def test_cookies_prints_every_cookie_as_a_markdown_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["cookies"])
    header, rule, *rows = capsys.readouterr().out.splitlines()
    assert header == "| Name | Purpose | Lifetime | Attributes |"
    assert rule == "| --- | --- | --- | --- |"
    assert [row.split("`")[1] for row in rows] == [name for name, _ in DECLARED]
    assert (
        "| `preferences` | Remembers how you want the pages to look. | 365 days "
        "| Max-Age=31536000; Path=/; SameSite=lax; Secure |"
    ) in rows


@pytest.mark.parametrize(
    ("max_age", "lifetime"),
    [
        (None, "until the browser closes"),
        (2 * DAY, "2 days"),
        (90, "90 seconds"),
    ],
)
def test_a_lifetime_reads_as_people_say_it(max_age: int | None, lifetime: str) -> None:
    Cookie("tested", str, purpose="Tested here.", max_age=max_age)
    assert f"| {lifetime} |" in cookie_table().splitlines()[-1]


def test_a_purpose_stays_in_its_cell() -> None:
    Cookie("tested", str, purpose="This | that\nand more.")
    assert "| This \\| that and more. |" in cookie_table()


def test_without_a_command_it_says_how_to_use_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["app"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(app.__main__.__file__, run_name="__main__")
    assert stop.value.code == 2
    assert "usage: python -m app [-h] COMMAND" in capsys.readouterr().err
