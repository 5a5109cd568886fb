"""A person at a terminal is asked three questions, and can ask for the others."""

from pathlib import Path

import pexpect
import pytest
import yaml

from tests.answers import QUESTIONS, ROOT
from tests.commands import at_a_terminal

ASKED = ["project_name", "cookie_strategy", "sign_in"]


def answers(project: Path) -> dict[str, str]:
    return dict(yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8")))


def test_three_questions_are_asked_and_nothing_else(
    template_repository: Path, tmp_path: Path
) -> None:
    assert [name for name, question in QUESTIONS.items() if question.get("ask", True)] == ASKED
    terminal = at_a_terminal("copy", str(template_repository), "jar", cwd=tmp_path, columns=80)
    terminal.expect("What is the project's name")
    terminal.send("\x15Ada's jar\r")
    terminal.expect("How do path operations set cookies")
    # To its last word, on a narrow terminal.
    terminal.expect("direct Response: build it, set them on it, return it as it is")
    terminal.send("\x1b[B\r")
    terminal.expect("Do people sign in")
    terminal.expect("No, or not yet: cookies only. One command adds sign-in later")
    terminal.expect("Yes: sessions on the server. You say who people are in users.py")
    terminal.send("\x1b[A\r")
    terminal.expect("Ada's jar is ready, with cookies on the direct Response")
    terminal.expect(pexpect.EOF)
    recorded = answers(tmp_path / "jar")
    assert [recorded[name] for name in ASKED] == ["Ada's jar", "direct", "none"]
    assert recorded.keys() - {"_commit", "_src_path"} == QUESTIONS.keys()


def test_an_answer_that_cannot_be_is_asked_again(template_repository: Path, tmp_path: Path) -> None:
    terminal = at_a_terminal("copy", str(template_repository), "jar", cwd=tmp_path)
    terminal.expect("What is the project's name")
    terminal.send("\x15???\r")
    terminal.expect("Give a name with at least one letter or digit.")
    terminal.send("\x15jar\r")
    terminal.expect("How do path operations set cookies")
    terminal.send("\r")
    terminal.expect("Do people sign in")
    terminal.send("\r")
    terminal.expect(pexpect.EOF)
    assert answers(tmp_path / "jar")["project_name"] == "jar"


def test_any_other_question_can_be_asked_for(template_repository: Path, tmp_path: Path) -> None:
    options = ["--defaults", "--ask", "user_email"]
    terminal = at_a_terminal("copy", *options, str(template_repository), "jar", cwd=tmp_path)
    terminal.expect("At which e-mail address")
    terminal.send("nobody\r")
    terminal.expect("Write an e-mail address such as name@example.com")
    terminal.send("@example.com\r")
    terminal.expect(pexpect.EOF)
    assert answers(tmp_path / "jar")["user_email"] == "nobody@example.com"


def test_copiers_own_settings_provide_name_and_address(
    template_repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings.yml"
    settings.write_text(yaml.safe_dump({"defaults": {"user_name": "Ada", "user_email": "a@b.c"}}))
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    terminal = at_a_terminal("copy", str(template_repository), "jar", "--defaults", cwd=tmp_path)
    terminal.expect(pexpect.EOF)
    recorded = answers(tmp_path / "jar")
    assert (recorded["user_name"], recorded["user_email"]) == ("Ada", "a@b.c")


def test_every_question_has_help_and_a_default() -> None:
    for name, question in QUESTIONS.items():
        assert question["help"].endswith("?") or name in ASKED, name
        assert "default" in question, name


def test_it_runs_without_trust() -> None:
    settings = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & settings.keys()
