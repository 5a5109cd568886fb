"""What people type: `copier copy`, and what a project tells them to."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pexpect

from tests.tools import COPIER, files, git


def run(
    command: list[str], cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def copy(source: str, folder: str, cwd: Path, *options: str) -> str:
    """Run `copier copy` and return what it printed."""
    outcome = run([*COPIER, "copy", "--defaults", *options, "--", source, folder], cwd)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout + outcome.stderr


def at_a_terminal(*arguments: str, cwd: Path, columns: int = 200) -> "pexpect.spawn[str]":
    """Run `copier` for somebody who answers at a terminal."""
    command, size = ["-m", "copier", *arguments], (50, columns)
    return pexpect.spawn(
        sys.executable, command, cwd=str(cwd), encoding="utf-8", timeout=60, dimensions=size
    )


def typed(command: str) -> list[str]:
    """Return a documented `uvx copier` command, for the Copier of these tests."""
    words = shlex.split(command)
    assert words[:2] == ["uvx", "copier"]
    return [*COPIER, *words[2:]]


def commands_of_the_answers_file(project: Path) -> list[str]:
    text = (project / ".copier-answers.yml").read_text("utf-8")
    return re.findall(r"^#   (uvx copier .+)$", text, flags=re.MULTILINE)


def no_conflict(project: Path) -> bool:
    # Copier leaves with 0 after a conflict, too.
    unmerged = git(project, "ls-files", "--unmerged")
    return unmerged == "" and not any(b"<<<<<<<" in each for each in files(project).values())
