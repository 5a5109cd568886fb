"""This template as its users see it over time: its releases, and the work tree as the next one."""

import re
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import copier
import pytest

from tests.answers import ROOT, covering, label
from tests.edits import ANSWERS, unmerged
from tests.tools import commit_all, git, work_tree

WORK_TREE = "9999.0.0"
"""The version under which the work tree, committed or not, is the newest release."""

NEXT = "9999.1.0"
"""The release after that, which changes one line."""

OURS = "# Ours.\napp = create_app(load_settings())"


@cache
def releases() -> dict[str, str]:
    """Return the commit of each release so far, by its version, the oldest first.

    A release is a commit `Release X.Y.Z`; not every clone has the tags.
    """
    if git(ROOT, "rev-parse", "--is-shallow-repository").strip() == "true":
        pytest.exit("The tests start from every release: git fetch --unshallow", returncode=2)
    log = git(ROOT, "log", "--reverse", "--format=%H %s").splitlines()
    found = [re.fullmatch(r"(\w+) Release (\d+(?:\.\d+)*)", line) for line in log]
    return {each[2]: each[1] for each in found if each}


VERSIONS = [*releases()]


def each_push(cases: list[dict[str, Any]]) -> list[Any]:
    """Return cases as parameters: each push runs a few, from the last two releases.

    They hold every value that any case has there, which is a quarter of a pairwise set. The others
    are slow: `pytest --all` runs them.
    """
    recent = [case for case in cases if case.get("release") in {None, *VERSIONS[-2:]}]
    return some_each_push(cases, covering(recent, 1))


def some_each_push(cases: list[dict[str, Any]], quick: list[dict[str, Any]]) -> list[Any]:
    """Return cases as parameters, all but a few of them slow."""
    slow = pytest.mark.slow
    return [
        pytest.param(case, id=label(case), marks=() if case in quick else slow) for case in cases
    ]


def template_with_releases(folder: Path) -> Path:
    """Make a repository in `folder` in which every release is tagged, and main is `WORK_TREE`."""
    git(ROOT, "clone", "--quiet", "--no-tags", "--no-checkout", str(ROOT), str(folder))
    # Whichever branch stands in the work tree, or none.
    git(folder, "update-ref", "refs/heads/main", "HEAD")
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    for version, commit in releases().items():
        git(folder, "tag", version, commit)
    for path in work_tree(ROOT):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    release(folder, WORK_TREE)
    return folder


# Where stubs stand in the template: `{{ 'app' }}/` in 0.5.0, `{{moved}}/app/` since.
STUB = re.compile(r"template/\{\{(?: '(app|tests)' |moved)\}\}/(.+\.py)")


def stubs(since: str, version: str = WORK_TREE) -> dict[str, bytes]:
    """Return what an update from `since` to `version` leaves in place of what moved, by path."""
    before, after = (releases().get(each) for each in (since, version))
    if before is None:
        return {}
    paths = _tracked(after) if after else work_tree(ROOT)
    known = _stubbed(_tracked(before))
    return {
        stub: (
            git(ROOT, "show", f"{after}:{path}").encode() if after else (ROOT / path).read_bytes()
        )
        for stub, path in _stubbed(paths).items()
        if stub not in known
    }


def _tracked(commit: str) -> list[str]:
    return git(ROOT, "ls-tree", "-r", "--name-only", commit).splitlines()


def _stubbed(paths: Iterable[str]) -> dict[str, str]:
    """Return the paths of stubs in a project, with where each stands in the template."""
    found = {path: STUB.fullmatch(path) for path in paths}
    return {
        f"{match[1]}/{match[2]}" if match[1] else match[2]: path
        for path, match in found.items()
        if match
    }


def leave_stubs(project: Path, since: str, version: str = WORK_TREE) -> None:
    """Make of a fresh copy of `version` what an update from `since` makes."""
    for path, content in stubs(since, version).items():
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_bytes(content)


def release(template: Path, version: str) -> None:
    """Commit what stands in `template`, and tag it."""
    git(template, "add", "--all", "--force")
    git(template, "commit", "--quiet", "--allow-empty", f"--message=Release {version}")
    git(template, "tag", version)


def update(project: Path, version: str = WORK_TREE, **answers: Any) -> None:
    """Update a project as `copier update --defaults` does, and commit what comes out cleanly."""
    copier.run_update(
        project, data=answers, vcs_ref=version, defaults=True, overwrite=True, quiet=True
    )
    if not unmerged(project) and git(project, "status", "--porcelain"):
        commit_all(project, "Update")


def take_updates_from(template: Path, old: Path, project: Path) -> None:
    """Commit what stands in `project`, and that its template moved from `old` to `template`."""
    answers = project / ANSWERS
    text = answers.read_text("utf-8")
    assert str(old) in text
    answers.write_text(text.replace(str(old), str(template)), "utf-8")
    commit_all(project, "Take updates from elsewhere")


def publish_the_next(template: Path) -> None:
    """Release a change of one line, which stands in every release."""
    line = OURS.partition("\n")[2]
    for path in (template / "template").glob("**/app/main.py"):
        text = path.read_text("utf-8")
        assert line in text
        path.write_text(text.replace(line, OURS), "utf-8")
    release(template, NEXT)
