"""Owners edit their projects, update them from every release, and lose nothing."""

import re
from pathlib import Path

import pytest

from tests.answers import STRATEGIES
from tests.conftest import Copies, Environment
from tests.edits import assert_nothing_lost, state
from tests.gates import GATES, OLDEST, gate, own_environment_of
from tests.history import VERSIONS, WORK_TREE, update
from tests.owners import OWNERS, Owner
from tests.tools import commit_all, git

pytestmark = pytest.mark.usefixtures("quick_copier")

# How each gate names a file in which it fails.
NAMED = {
    "lint": r"^ *--> ([^:\n]+):",
    "format": r"^Would reformat: (.+)",
    "types": r"^([^:\n]+):\d+: error",
    "tests": r"^(?:FAILED|ERROR) ([^: \n]+)",
}


def begin(owner: Owner, start: Copies, tmp_path: Path, version: str, strategy: str) -> Path:
    """Start a project from a release, and edit it."""
    repository, _, inner = owner.folder.partition("/")
    if inner:
        git(tmp_path, "init", "--quiet", "--initial-branch=main", repository)
    project = start(version, owner.folder, cookie_strategy=strategy)
    owner.edit(project)
    commit_all(project, "Edit")
    return project


def update_and_resolve(
    owner: Owner, project: Path, before: Path, theirs: Path, strategy: str
) -> None:
    mine = state(project)
    update(project, cookie_strategy=strategy)
    assert_nothing_lost(state(before), mine, project, state(theirs))
    print("in conflict:", owner.complete(project, before, theirs))
    if git(project, "status", "--porcelain"):
        commit_all(project, "Complete the update")


def failing(name: str, project: Path, python: Path) -> set[str]:
    """Return the files in which a gate fails."""
    outcome = gate(name, project, python)
    found = {*re.findall(NAMED[name], outcome.stdout, flags=re.MULTILINE)}
    assert bool(found) == bool(outcome.returncode), f"{name}:\n{outcome.stdout}{outcome.stderr}"
    return found


# From the oldest release, which is the longest way. The next test goes every way, and runs what
# comes out.
@pytest.mark.parametrize("name", OWNERS)
def test_an_owner_updates_and_loses_nothing(
    start: Copies, fresh: Copies, tmp_path: Path, name: str
) -> None:
    owner, strategy = OWNERS[name], STRATEGIES[0]
    before, theirs = (
        fresh(each, since=owner.since, cookie_strategy=strategy)
        for each in (owner.since, WORK_TREE)
    )
    project = begin(owner, start, tmp_path, owner.since, strategy)
    update_and_resolve(owner, project, before, theirs, strategy)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "version"),
    [
        (name, version)
        for number, (name, owner) in enumerate(OWNERS.items())
        for version in VERSIONS[VERSIONS.index(owner.since) : VERSIONS.index(owner.until) + 1]
        # Their first release, their last, and each third between: all of them, among all owners.
        if version in {owner.since, owner.until} or (number + VERSIONS.index(version)) % 3 == 0
    ],
)
def test_an_owners_project_updates_switches_and_fails_only_in_what_is_known(
    start: Copies,
    fresh: Copies,
    environment: Environment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    version: str,
) -> None:
    owner = OWNERS[name]
    # From the one strategy to the other, and from the other to the one, in turn.
    first, second = sorted(STRATEGIES, reverse=VERSIONS.index(version) % 2 == 0)
    at_first, updated, switched = (
        fresh(each, since=version, cookie_strategy=strategy)
        for each, strategy in ((version, first), (WORK_TREE, first), (WORK_TREE, second))
    )
    project = begin(owner, start, tmp_path, version, first)
    update_and_resolve(owner, project, at_first, updated, first)
    update_and_resolve(owner, project, updated, switched, second)

    # A module that cannot be imported does not hide what else fails.
    monkeypatch.setenv("PYTEST_ADDOPTS", "--continue-on-collection-errors")
    if owner.adds_packages:
        with own_environment_of(project) as python:
            failed = {each: failing(each, project, python) for each in GATES}
    else:
        failed = {each: failing(each, project, environment(OLDEST)) for each in GATES}
    # What no longer fails must leave the list.
    assert {each: paths for each, paths in failed.items() if paths} == owner.known
