"""A release that renames and removes as CONTRIBUTING.md tells loses no answer and no edit.

The release is made up, on top of the work tree.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import copier
import pytest

from tests.answers import ROOT, unasked
from tests.conftest import Copies
from tests.edits import Project, assert_nothing_lost, state, unmerged
from tests.history import (
    NEXT,
    VERSIONS,
    WORK_TREE,
    leave_stubs,
    release,
    take_updates_from,
    update,
)
from tests.readme import blocks
from tests.tools import change, tree

pytestmark = pytest.mark.usefixtures("quick_copier")

# The answers as they are called before, and in the made-up release.
BEFORE = {"user_name": "Ada", "ci": "gitlab", "dockerfile": True}
AFTER = {"author": "Ada", "ci": "gitlab-ci"}


def rename_and_remove(template: Path) -> None:
    """Rename a file, a question and a choice; remove a file and a question."""
    folder, questions = template / "template", template / "copier.yml"
    app = folder / "app"
    shutil.copy(app / "locale.py", app / "language.py")
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    moved, removed = blocks(contributing, "python")
    (app / "locale.py").write_text(moved)
    (folder / "{{sessions}}" / "app" / "__main__.py").write_text(removed)

    author, choice = blocks(contributing, "yaml")
    change(questions, "\nuser_name:\n", "\nauthor:\n")
    change(questions, '  help: Who holds the copyright?\n  default: ""\n',
           f"  help: Who holds the copyright?\n  {author}")  # fmt: skip
    change(questions, "one_line(user_name)", "one_line(author)")
    for path in folder.rglob("*.jinja"):
        path.write_text(path.read_text("utf-8").replace("user_name", "author"), "utf-8")

    change(questions, "      value: gitlab\n", "      value: gitlab-ci\n")
    change(questions, "refuse('ci', 'gitlab')", "refuse('ci', 'gitlab-ci')")
    brought = '    "gitlab": [".gitlab-ci.yml"],\n'
    renamed = brought.replace('"gitlab"', '"gitlab-ci"')
    change(template / "includes" / "answers.jinja", brought, brought + renamed)
    change(questions, "  default: github\n", f"  {choice}")
    change(questions, "if ci == 'gitlab' else", "if ci == 'gitlab-ci' else")
    updates = folder / "docs" / "updates.md.jinja"
    updates.write_text(updates.read_text("utf-8").replace('"gitlab"', '"gitlab-ci"'), "utf-8")

    question = re.compile(r"^dockerfile:\n(  .*\n)+\n", re.MULTILINE)
    text, count = question.subn("", questions.read_text("utf-8"))
    assert count == 1
    questions.write_text(text, "utf-8")
    change(questions, "'.' if dockerfile else ''", "'.'")
    for path in folder.glob("docs/*.jinja"):
        path.write_text(path.read_text("utf-8").replace("if dockerfile", "if true"), "utf-8")


@pytest.fixture
def next_template(history: Path, tmp_path: Path) -> Path:
    template = shutil.copytree(history, tmp_path / "next")
    rename_and_remove(template)
    return template


def slow(case: str) -> Any:
    """Leave out what the other cases show, from another release or of another file."""
    return pytest.param(case, marks=pytest.mark.slow)


def copy_of(template: Path, folder: Path, since: str = WORK_TREE, **answers: Any) -> Path:
    before = {} if since == WORK_TREE else unasked(since)
    copier.run_copy(str(template), folder, data={"project_name": "My App", **before, **answers},
                    vcs_ref=NEXT, defaults=True, quiet=True)  # fmt: skip
    leave_stubs(folder, since)
    return folder


@pytest.mark.parametrize("version", [WORK_TREE, *(slow(each) for each in VERSIONS)])
def test_an_untouched_project_becomes_a_fresh_copy_with_its_answers_carried_over(
    history: Path, next_template: Path, start: Copies, tmp_path: Path, version: str
) -> None:
    release(next_template, NEXT)
    project = start(version, **BEFORE)
    take_updates_from(next_template, history, project)
    update(project, NEXT)
    assert tree(project) == tree(copy_of(next_template, tmp_path / "fresh", version, **AFTER))


def edited(project: Path) -> Project:
    for name in ("locale.py", "__main__.py"):
        with (project / "app" / name).open("a") as file:
            file.write("MINE = 1\n")
    change(project / "Dockerfile", "\nEXPOSE", "\n# Mine.\nEXPOSE")
    return state(project)


@pytest.mark.parametrize(
    "version", [VERSIONS[-1], *(slow(each) for each in (*VERSIONS[:-1], WORK_TREE))]
)
def test_edits_of_what_was_renamed_and_removed_are_shown_as_conflicts(
    history: Path, next_template: Path, start: Copies, fresh: Copies, tmp_path: Path, version: str
) -> None:
    release(next_template, NEXT)
    project = start(version, **BEFORE)
    mine = edited(project)
    take_updates_from(next_template, history, project)
    update(project, NEXT)
    theirs = state(copy_of(next_template, tmp_path / "fresh", version, **AFTER))
    assert_nothing_lost(state(fresh(version, **BEFORE)), mine, project, theirs)
    assert unmerged(project) == {"app/locale.py", "app/__main__.py"}


@pytest.mark.parametrize("name", ["locale.py", slow("__main__.py")])
def test_negative_control_without_what_stays_at_the_old_path_edits_are_lost(
    history: Path, next_template: Path, start: Copies, fresh: Copies, tmp_path: Path, name: str
) -> None:
    [path] = (
        path
        for path in (next_template / "template").rglob(name)
        if "{{cookies_only}}" not in path.parts
    )
    path.unlink()
    release(next_template, NEXT)
    project = start(WORK_TREE, **BEFORE)
    mine = edited(project)
    take_updates_from(next_template, history, project)
    update(project, NEXT)
    theirs = state(copy_of(next_template, tmp_path / "fresh", **AFTER))
    with pytest.raises(AssertionError, match=f"app/{name} is gone"):
        assert_nothing_lost(state(fresh(WORK_TREE, **BEFORE)), mine, project, theirs)


def test_negative_control_a_choice_that_nothing_carries_over_is_refused(
    history: Path, next_template: Path, start: Copies
) -> None:
    _, choice = blocks((ROOT / "CONTRIBUTING.md").read_text("utf-8"), "yaml")
    change(next_template / "copier.yml", f"  {choice}", "  default: github\n")
    release(next_template, NEXT)
    project = start(WORK_TREE, **BEFORE)
    take_updates_from(next_template, history, project)
    with pytest.raises(ValueError, match=r"this answer deletes \.gitlab-ci\.yml"):
        update(project, NEXT)
