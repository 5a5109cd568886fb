"""No git setting of whoever updates loses an edit: Copier's git reads those settings, too.

A template of a few files stands for ours, since only what git makes of an update matters here. Its
second release brings our own `.gitattributes`; both have our own `tools/update.py`.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.commands import run
from tests.small_template import (
    assert_nothing_lost,
    make_edited_project,
    make_small_template,
    write,
)
from tests.tools import COPIER, commit_all, git


@pytest.fixture(scope="session")
def small_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small_template(tmp_path_factory.mktemp("small"))


@pytest.fixture
def project(small_template: Path, tmp_path: Path) -> Path:
    return make_edited_project(small_template, tmp_path / "project")


def set_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str) -> None:
    """Let the git of this test read these settings of its user, and what they point to."""
    (tmp_path / "hooks").mkdir()
    for name in ("pre-commit", "post-checkout", "prepare-commit-msg"):
        (tmp_path / "hooks" / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "hooks" / name).chmod(0o755)
    write(tmp_path, {"binary": "*.txt binary\n", "everything": "*\n"})
    config = tmp_path / "gitconfig"
    known = "user.useConfigOnly" not in settings
    config.write_text("[user]\nname = Ada\nemail = ada@example.com\n" if known else "")
    for each in settings.format(here=tmp_path).split():
        name, _, value = each.partition("=")
        git(tmp_path, "config", "--file", str(config), name, value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))


def update(tool: bool, project: Path, commands: dict[str, str], *more: str) -> int:
    if not tool:
        return run([*COPIER, "update", "--quiet", "--defaults"], project).returncode
    environment = commands | {k: v for k, v in os.environ.items() if k.startswith("GIT_")}
    tools = ["python3", "tools/update.py", "--yes", *more]
    return subprocess.run(tools, cwd=project, env=environment).returncode


# What Copier alone survives, thanks to the .gitattributes that the update brings.
SAFE = [
    "apply.whitespace=error", "apply.whitespace=fix", "core.autocrlf=true",
    *(pytest.param(each, marks=pytest.mark.slow) for each in [
        "core.autocrlf=input", "core.eol=crlf", "core.safecrlf=true", "commit.gpgsign=true",
        "core.fileMode=false", "core.symlinks=false", "core.fsmonitor=true",
        "core.untrackedCache=true", "core.ignoreCase=true", "core.commentChar=l",
        "diff.noprefix=true", "diff.mnemonicPrefix=true", "diff.external=false",
        "diff.algorithm=patience", "diff.context=0", "diff.relative=true", "diff.renames=copies",
        "diff.suppressBlankEmpty=true", "color.ui=always", "merge.conflictStyle=diff3",
        "merge.conflictStyle=zdiff3", "status.short=true", "status.branch=true",
        "status.relativePaths=false", "rerere.enabled=true", "advice.statusHints=false",
        "user.useConfigOnly=true", "feature.manyFiles=true", "submodule.recurse=true",
        "transfer.fsckObjects=true",
    ]),
]  # fmt: skip
# What only the tool cures: what Copier alone does then.
UNSAFE = {
    "status.showUntrackedFiles=no": 0,
    "core.quotePath=false": 1,
    "core.hooksPath={here}/hooks": 1,
    "core.attributesFile={here}/binary": 0,
    "core.excludesFile={here}/everything": 0,
    "core.bigFileThreshold=1": 0,
    "diff.orderFile={here}/missing": 1,
}


@pytest.mark.parametrize("settings", SAFE)
def test_copiers_own_command_is_safe_from(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str
) -> None:
    set_git(tmp_path, monkeypatch, settings)
    git(project, "rm", "-r", "--quiet", ".")  # check out anew, with these settings
    git(project, "reset", "--quiet", "--hard")
    assert update(False, project, {}) == 0
    assert_nothing_lost(project)


@pytest.mark.parametrize(
    "settings",
    [
        " ".join([*UNSAFE, "apply.whitespace=error", "core.autocrlf=true"]),
        *(pytest.param(each, marks=pytest.mark.slow) for each in UNSAFE),
    ],
)
def test_the_tool_is_safe_from(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    commands: dict[str, str], settings: str,
) -> None:  # fmt: skip
    set_git(tmp_path, monkeypatch, settings)
    assert update(True, project, commands) == 1
    assert_nothing_lost(project)


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "code"), UNSAFE.items())
def test_negative_control_copiers_own_command_is_not_safe_from(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, code: int
) -> None:
    set_git(tmp_path, monkeypatch, settings)
    assert update(False, project, {}) == code
    with pytest.raises(AssertionError):
        assert_nothing_lost(project)


@pytest.mark.slow
def test_windows_line_endings_are_cured_as_the_readme_tells(
    project: Path, commands: dict[str, str]
) -> None:
    for path in [each for each in project.iterdir() if each.suffix in {".txt", ".md"}]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    commit_all(project, "Use Windows")
    git(project, "-c", "core.autocrlf=input", "add", "--renormalize", ".")
    git(project, "commit", "--quiet", "--message=Store LF")
    git(project, "restore", ".")
    assert update(True, project, commands) == 1
    assert_nothing_lost(project)


def test_the_tool_previews_without_a_change_and_names_what_it_cannot_reach(
    project: Path, commands: dict[str, str]
) -> None:
    (project / "moved").mkdir()
    (project / "untouched.txt").rename(project / "moved" / "other.txt")
    commit_all(project, "Move")
    command = ["python3", str(project / "tools/update.py"), "--preview"]
    done = subprocess.run(command, cwd="/", env=commands, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.startswith("conflict     conflict.txt\n")
    assert "not reached  untouched.txt: you moved it, perhaps to moved/other.txt\n" in done.stdout
    assert "not reached  deleted.txt: you deleted it\n" in done.stdout
    assert "merged       page.md\n" in done.stdout
    assert git(project, "status", "--porcelain") == ""


def test_the_tool_takes_answers_and_refuses_what_it_cannot_do(
    project: Path, commands: dict[str, str]
) -> None:
    assert update(True, project, commands, "plase=there") == 2
    (project / "page.md").write_text("work\n")
    assert update(True, project, commands) == 2
    git(project, "restore", "page.md")
    assert git(project, "status", "--porcelain") == ""
    assert update(True, project, commands, "place=there") == 1
    assert "place: there\n" in (project / ".copier-answers.yml").read_text("utf-8")
