"""No answer loses an edit, and no update restores what its owner replaced."""

import re
from itertools import permutations
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.answers import CHOICES, ROOT
from tests.commands import at_a_terminal, copy, run
from tests.conftest import Copies
from tests.edits import unmerged
from tests.history import WORK_TREE, update
from tests.tools import COPIER, commit_all, files, tree, work_tree

pytestmark = pytest.mark.usefixtures("quick_copier")

EACH_PUSH = {("license", "MIT"), ("dockerfile", True), ("sign_in", "sessions")}
SWITCHES = [
    # Each push, one of each kind that deletes: a file, several, folders.
    pytest.param(
        name,
        old,
        new,
        marks=() if (name, old) in EACH_PUSH and new in ("none", False) else pytest.mark.slow,
    )
    for name, choices in CHOICES.items()
    if name not in {"cookie_strategy", "python_version"}  # whose answers delete nothing
    for old, new in permutations(choices, 2)
]


def lost(fresh: Copies, name: str, old: Any, new: Any) -> list[str]:
    """Return what an answer deletes: files, and packages of which nothing stays."""
    before, after = (files(fresh(WORK_TREE, **{name: value})) for value in (old, new))
    packages = {str(Path(path).parent) for path in before if path.endswith("/__init__.py")}
    gone = {each for each in packages if not any(path.startswith(f"{each}/") for path in after)}
    alone = {path for path in before.keys() - after.keys() if str(Path(path).parent) not in gone}
    return sorted(gone | alone)


@pytest.mark.parametrize("edited", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("name", "old", "new"), SWITCHES)
def test_an_answer_is_refused_while_files_that_it_deletes_are_there(
    fresh: Copies, start: Copies, name: str, old: Any, new: Any, edited: bool
) -> None:
    deleted = lost(fresh, name, old, new)
    project = start(WORK_TREE, **{name: old})
    for path in deleted if edited else []:
        one = project / path if (project / path).is_file() else project / path / "__init__.py"
        with one.open("a") as file:
            file.write("# Mine.\n")
        commit_all(project, f"Edit {path}")
    for moving in (deleted[:-1], deleted[-1:]):
        if deleted:
            before = tree(project)
            with pytest.raises(ValueError, match="this answer deletes") as refused:
                update(project, **{name: new})
            assert all(
                (path in str(refused.value)) == (project / path).exists() for path in deleted
            )
            assert tree(project) == before
        for path in moving:
            (project / path).rename(mine(project, path))
        if moving:
            commit_all(project, "Keep mine")
    update(project, **{name: new})
    assert f"{name}: {str(new).lower()}" in (project / ".copier-answers.yml").read_text(
        "utf-8"
    ).lower().replace("'", "")
    assert all(mine(project, path).exists() for path in deleted)


def mine(project: Path, path: str) -> Path:
    return project / f"mine-{path.replace('/', '-')}"


@pytest.mark.parametrize(
    ("name", "on", "off", "path"),
    [
        pytest.param("dockerfile", True, False, "Dockerfile", marks=pytest.mark.slow),
        pytest.param("license", "MIT", "none", "LICENSE", marks=pytest.mark.slow),
        pytest.param("ci", "github", "none", ".github/workflows/ci.yml", marks=pytest.mark.slow),
        pytest.param("ci", "gitlab", "none", ".gitlab-ci.yml", marks=pytest.mark.slow),
    ],
)
def test_off_and_on_again_overwrites_nothing_and_brings_nothing_back(
    fresh: Copies, start: Copies, name: str, on: Any, off: Any, path: str
) -> None:
    project = start(WORK_TREE, **{name: on})
    brought = (project / path).read_text("utf-8")
    for each in ["AGENTS.md", *lost(fresh, name, on, off)]:
        (project / each).unlink()
    commit_all(project, "Delete what the answer brought")
    update(project, **{name: off})
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    (project / path).write_text("mine\n")
    commit_all(project, "Mine")
    data = f"--data={name}={on}"
    assert run([*COPIER, "update", "--defaults", "--quiet", data], project).returncode == 0
    assert unmerged(project) == {path}
    both = f"<<<<<<< before updating\nmine\n=======\n{brought}>>>>>>> after updating\n"
    assert (project / path).read_text("utf-8") == both
    assert not (project / "AGENTS.md").exists()


def test_a_first_copy_warns_of_nothing(template_repository: Path, tmp_path: Path) -> None:
    printed = copy(str(template_repository), "project", tmp_path, "--data=license=none",
                   "--data=ci=none", "--data=dockerfile=false")  # fmt: skip
    assert not re.search("warning|deletes", printed, re.IGNORECASE)


@pytest.mark.slow  # A test of test_sizes.py shows it of another answer.
def test_the_prompt_refuses_too(start: Copies) -> None:
    project = start(WORK_TREE)
    before = tree(project)
    options = ["update", "--defaults", "--ask=dockerfile", f"--vcs-ref={WORK_TREE}"]
    terminal = at_a_terminal(*options, cwd=project)
    terminal.expect("Do you deploy it as a container")
    terminal.expect("No .*this answer deletes Dockerfile and .dockerignore; delete or rename them")
    terminal.send("\x1b[B\r")  # down: there is nothing else to choose
    terminal.expect(pexpect.EOF)
    assert tree(project) == before


def test_no_file_of_the_template_is_binary() -> None:
    for path in work_tree(ROOT):
        if path.startswith("template/"):
            (ROOT / path).read_text("utf-8")
            assert b"\0" not in (ROOT / path).read_bytes(), path
