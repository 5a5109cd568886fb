"""A release is one command, `tools/release.py`: all of it, or a sentence and nothing."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.answers import ROOT
from tests.tools import change, commit_all, git

PYPROJECT = '[project]\nname = "a"\nversion = "0.3.0.dev0"\n\n[tool.other]\nversion = "1"\n'
LOOK = "Look at:\n- New.\n\n"
CHANGELOG = (
    f"# Changelog\n\n## Unreleased\n\n{LOOK}- New, too.\n\n## 0.2.0 - 2026-11-22\n\n- Old.\n"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that is ready for its second release."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "CHANGELOG.md").write_text(
        CHANGELOG.replace(f"## Unreleased\n\n{LOOK}- New, too.\n\n", "")
    )
    commit_all(tmp_path, "Release 0.2.0")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    commit_all(tmp_path, "Change something")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message=2027")
    (tmp_path / "docs").mkdir()
    return tmp_path


def make(repository: Path, *versions: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "release.py", *versions],
        cwd=repository / "docs",
        capture_output=True,
        text=True,
    )


def state(repository: Path) -> list[str]:
    texts = [(repository / name).read_text("utf-8") for name in ("pyproject.toml", "CHANGELOG.md")]
    return [*texts, git(repository, "log", "--format=%H %s"), git(repository, "tag"),
            git(repository, "status", "--porcelain")]  # fmt: skip


def test_a_release_is_a_version_a_dated_entry_a_commit_and_a_tag(repository: Path) -> None:
    outcome = make(repository, "0.3.0")
    assert outcome.returncode == 0, outcome.stderr
    assert "git push --atomic origin main 0.3.0" in outcome.stdout
    project, changelog, log, tags, status = state(repository)
    assert project == PYPROJECT.replace("0.3.0.dev0", "0.3.0")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert changelog == CHANGELOG.replace("Unreleased", f"0.3.0 - {today}")
    assert re.match(r"\w{40} Release 0.3.0\n", log)
    assert git(repository, "rev-parse", "0.3.0") == git(repository, "rev-parse", "HEAD")
    assert (tags, status) == ("0.3.0\n", "")


def test_the_next_release_is_started_with_an_empty_entry(repository: Path) -> None:
    make(repository, "0.3.0")
    outcome = make(repository, "0.4.0.dev0")
    assert outcome.returncode == 0, outcome.stderr
    project, changelog, log, tags, status = state(repository)
    assert 'version = "0.4.0.dev0"\n' in project
    assert changelog.startswith("# Changelog\n\n## Unreleased\n\n## 0.3.0 - ")
    assert re.match(r"\w{40} Start 0.4.0\n", log)
    assert (tags, status) == ("0.3.0\n", "")
    assert "tells nothing" in make(repository, "0.4.0").stderr


def test_the_workflow_publishes_only_what_passed_all_tests() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))["jobs"]
    test, publish = jobs["test"], jobs["publish"]
    assert test.keys() == {"runs-on", "timeout-minutes", "permissions", "strategy", "steps"}
    assert publish.keys() == {"needs", "runs-on", "timeout-minutes", "permissions", "steps"}
    assert publish["needs"] == "test"
    make = 'python tools/release.py "$VERSION"'
    # The slow ones on one Python: they are about Copier, git and servers.
    run = ".ci/run ${{ matrix.python == '3.11' && '--all' || '' }}"
    assert [step.get("run") for step in test["steps"][-2:]] == [make, run]
    push = 'git push --atomic origin main "$VERSION"'
    assert [step.get("run") for step in publish["steps"][-2:]] == [make, push]
    # No step is skipped, and none may fail.
    steps = test["steps"] + publish["steps"]
    assert all(step.keys() <= {"uses", "with", "run"} for step in steps)
    # What the tests run does not see a token that may write.
    assert test["permissions"] == {"contents": "read"}
    assert test["steps"][1]["with"]["persist-credentials"] is False


def test_a_release_by_hand_runs_all_tests_too(repository: Path) -> None:
    said = make(repository, "0.3.0").stdout.partition("publish it: ")[2].strip()
    assert said.startswith(".ci/run --all && git push")
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert said.replace("0.3.0", "1.2.0") in contributing.splitlines()


def leave_work(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("mine\n")


def leave_main(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "other")


def tell_nothing(repository: Path) -> None:
    change(repository / "CHANGELOG.md", f"{LOOK}- New, too.\n\n", "")
    commit_all(repository, "Tell nothing")


def say_not_what_to_look_at(repository: Path) -> None:
    change(repository / "CHANGELOG.md", LOOK, "")
    commit_all(repository, "Say not what to look at")


def say_too_much(repository: Path) -> None:
    change(repository / "CHANGELOG.md", LOOK, "Look at:\n" + "- New.\n" * 6 + "\n")
    commit_all(repository, "Say too much")


def drop_the_entry(repository: Path) -> None:
    change(repository / "CHANGELOG.md", f"## Unreleased\n\n{LOOK}- New, too.\n\n", "")
    commit_all(repository, "Drop the entry")


def drop_the_version(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[project]\n")
    commit_all(repository, "Drop the version")


def tag_it(repository: Path) -> None:
    git(repository, "tag", "0.3.0")


def forget_the_past(repository: Path) -> None:
    (repository / ".git" / "shallow").write_text(git(repository, "rev-parse", "HEAD"))


def refuse_commits(repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho no commits today >&2\nexit 1\n")
    hook.chmod(0o755)


def refuse_tags(repository: Path) -> None:
    (repository / ".git" / "refs" / "tags" / "0.3.0").mkdir(parents=True)
    (repository / ".git" / "refs" / "tags" / "0.3.0" / "lock").touch()


@pytest.mark.parametrize(
    ("version", "damage", "sentence"),
    [
        ("next", None, "Write a version such as 1.2.0, or 1.2.0.dev0 to start it, not next."),
        ("v0.3.0", None, "to start it, not v0.3.0."),
        ("0.3.0rc1", None, "to start it, not 0.3.0rc1."),
        ("0.3", None, "to start it, not 0.3."),
        ("0.2.0", None, "0.2.0 is made already."),
        ("0.1.9", None, "0.1.9 does not follow 0.2.0, the last release."),
        ("0.3.0", tag_it, "0.3.0 is made already."),
        ("0.3.0", forget_the_past, "Earlier releases are not in this clone: git fetch"),
        ("0.3.0", leave_work, "The work tree is not clean: commit or stash"),
        ("0.3.0", leave_main, "A release is made on main: git switch main."),
        ("0.3.0", tell_nothing, "CHANGELOG.md tells nothing under `## Unreleased`"),
        ("0.3.0", say_not_what_to_look_at, "does not begin `## Unreleased` with `Look at:`"),
        ("0.3.0", say_too_much, "and a list of at most five lines"),
        ("0.3.0", drop_the_entry, "CHANGELOG.md tells nothing under `## Unreleased`"),
        ("0.3.0", drop_the_version, "pyproject.toml has no line"),
        (
            "0.4.0.dev0",
            None,
            "CHANGELOG.md has `## Unreleased` already: the next release is started.",
        ),
        ("0.3.0", refuse_commits, "no commits today"),
        ("0.3.0", refuse_tags, "Nothing was released, since git refused"),
    ],
)
def test_a_release_that_cannot_be_made_leaves_everything_as_it_was(
    repository: Path, version: str, damage: object, sentence: str
) -> None:
    if callable(damage):
        damage(repository)
    before = state(repository)
    outcome = make(repository, version)
    assert outcome.returncode == 1
    assert sentence in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert state(repository) == before
