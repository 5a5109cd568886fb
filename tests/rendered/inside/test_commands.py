"""`python -m app cookies` prints every cookie for a privacy page."""

import pytest

from app.kit import DAY, Cookie
from app.kit.commands import cookie_commands, run


def test_every_cookie_is_a_row_of_a_markdown_table(capsys: pytest.CaptureFixture[str]) -> None:
    Cookie("tested", str, purpose="This | that\nand more.", max_age=2 * DAY)
    run(cookie_commands("app.kit"), arguments=["cookies"])
    assert capsys.readouterr().out.splitlines() == [
        "| Name | Purpose | Lifetime | Attributes |",
        "| --- | --- | --- | --- |",
        "| `tested` | This \\| that and more. | 2 days "
        "| HttpOnly; Max-Age=172800; Path=/; SameSite=lax; Secure |",
    ]


@pytest.mark.parametrize(
    ("max_age", "lifetime"),
    [(None, "until the browser closes"), (90, "90 seconds"), (DAY, "1 day")],
)
def test_a_lifetime_reads_as_people_say_it(
    capsys: pytest.CaptureFixture[str], max_age: int | None, lifetime: str
) -> None:
    Cookie("tested", str, purpose="Tested here.", max_age=max_age)
    run(cookie_commands("app.kit"), arguments=["cookies"])
    assert f"| {lifetime} |" in capsys.readouterr().out


def test_without_a_command_it_says_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(cookie_commands("app.kit"), arguments=[])
    assert stop.value.code == 2
    assert "usage: python -m app [-h] COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize("error", [EOFError, KeyboardInterrupt])
def test_a_command_that_is_stopped_says_so(error: type[BaseException]) -> None:
    def stop() -> str:
        raise error

    with pytest.raises(SystemExit, match=f"^Stopped: {error.__name__}$"):
        run(lambda parsers: parsers.add_parser("ask").set_defaults(run=stop), arguments=["ask"])


def test_the_cookies_are_those_of_the_module_that_declares_them() -> None:
    with pytest.raises(ModuleNotFoundError, match="app.nowhere"):
        run(cookie_commands("app.nowhere"), arguments=["cookies"])
