"""No answer loses an edit, and no update restores what its owner replaced."""

from itertools import permutations
from pathlib import Path
from typing import Any

import copier
import pytest

from tests.answers import CHOICES, ROOT
from tests.conftest import Copies
from tests.history import WORK_TREE, update
from tests.test_command_line import run
from tests.tools import COPIER, commit_all, files, git, tree, work_tree

SWITCHES = [
    (name, old, new) for name, choices in CHOICES.items() for old, new in permutations(choices, 2)
]


def lost(fresh: Copies, name: str, old: Any, new: Any) -> list[str]:
    before, after = (fresh(WORK_TREE, **{name: value}) for value in (old, new))
    return sorted(files(before).keys() - files(after).keys())


@pytest.mark.parametrize(("name", "old", "new"), SWITCHES)
def test_an_answer_is_refused_while_files_that_it_deletes_are_there(
    fresh: Copies, start: Copies, name: str, old: Any, new: Any
) -> None:
    deleted = lost(fresh, name, old, new)
    project = start(WORK_TREE, **{name: old})
    for path in deleted:
        before = tree(project)
        with pytest.raises(ValueError, match="this answer deletes") as refused:
            copier.run_update(project, data={name: new}, vcs_ref=WORK_TREE, defaults=True,
                              overwrite=True, quiet=True)  # fmt: skip
        assert path in str(refused.value)
        assert tree(project) == before
        (project / path).rename(project / f"mine-{Path(path).name}")
        commit_all(project, "Keep mine")
    update(project, **{name: new})
    assert f"{name}: {str(new).lower()}" in (project / ".copier-answers.yml").read_text(
        "utf-8"
    ).lower().replace("'", "")
    assert all((project / f"mine-{Path(path).name}").exists() for path in deleted)


def test_turning_on_again_overwrites_nothing_and_brings_nothing_back(start: Copies) -> None:
    project = start(WORK_TREE, dockerfile=False)
    (project / "Dockerfile").write_text("FROM mine\n")
    (project / "AGENTS.md").unlink()
    commit_all(project, "Mine")
    command = ["update", "--defaults", "--quiet", "--data=dockerfile=true"]
    assert run([*COPIER, *command], project).returncode == 0
    assert "FROM mine\n" in (project / "Dockerfile").read_text("utf-8")
    assert "AA Dockerfile" in git(project, "status", "--short") or git(
        project, "ls-files", "--unmerged", "Dockerfile"
    )
    assert not (project / "AGENTS.md").exists()


def test_no_file_of_the_template_is_binary() -> None:
    for path in work_tree(ROOT):
        if path.startswith("template/"):
            (ROOT / path).read_text("utf-8")
            assert b"\0" not in (ROOT / path).read_bytes(), path
