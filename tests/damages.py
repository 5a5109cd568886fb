"""What an owner does that an update complains about."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.edits import ANSWERS
from tests.history import OURS
from tests.tools import commit_all

LINE = OURS.partition("\n")[2]
MINE = OURS.replace("Ours", "Mine")


def edit_answers(old: str, new: str) -> Callable[[Path], None]:
    def damage(project: Path) -> None:
        path = project / ANSWERS
        text = re.sub(old, new, path.read_text("utf-8"), flags=re.MULTILINE)
        assert text != path.read_text("utf-8")
        path.write_text(text)
        commit_all(project, "Edit the answers")

    return damage


def forget_git(project: Path) -> None:
    (project / ".git").rename(project.parent / "elsewhere")


def delete_answers(project: Path) -> None:
    (project / ANSWERS).unlink()
    commit_all(project, "Delete the answers")


def empty_answers(project: Path) -> None:
    (project / ANSWERS).write_text("")
    commit_all(project, "Empty the answers")


def leave_work(project: Path) -> None:
    (project / "README.md").write_text("mine\n")
