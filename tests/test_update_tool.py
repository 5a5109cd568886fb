"""`tools/update.py` of a project: it makes what `copier update` makes, or changes nothing."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Copies
from tests.edits import ANSWERS, unmerged
from tests.history import NEXT, OURS, VERSIONS, publish_the_next
from tests.test_command_line import copy, run
from tests.test_gates import change
from tests.tools import COPIER, commit_all, git, tree

LINE = OURS.partition("\n")[2]
MINE = OURS.replace("Ours", "Mine")
Done = subprocess.CompletedProcess[str]


def use(project: Path, commands: dict[str, str], *arguments: str, typed: str = "") -> Done:
    command = [sys.executable, "tools/update.py", *arguments]
    return subprocess.run(
        command, cwd=project, env=commands, capture_output=True, text=True, input=typed
    )


@pytest.fixture
def project(published: Path, tmp_path: Path) -> Path:
    """Edited by its owner, before the template's next release."""
    copy(str(published), "project", tmp_path)
    project = tmp_path / "project"
    (project / "mine.bin").write_bytes(b"\xff\x00 not UTF-8\n")
    (project / "für dich.txt").write_bytes("Zoë\n".encode("latin-1"))
    change(project / "README.md", "## Run it\n", "Mine.\n\n## Run it\n")
    commit_all(project)
    (published / "template" / "app" / "new.py").write_text("NEW = 1\n")
    publish_the_next(published)
    return project


@pytest.mark.parametrize("conflict", [False, True])
def test_it_makes_what_copier_makes_and_the_preview_shows_it(
    project: Path, tmp_path: Path, commands: dict[str, str], conflict: bool
) -> None:
    if conflict:
        change(project / "app" / "main.py", LINE, MINE)
        commit_all(project)
    by_copier = shutil.copytree(project, tmp_path / "by copier")
    assert run([*COPIER, "update", "--defaults"], by_copier).returncode == 0
    before = tree(project)
    preview = use(project, commands, "--preview")
    assert tree(project) == before
    assert preview.returncode == conflict
    assert "\n+NEW = 1\n" in preview.stdout
    assert preview.stdout.startswith("conflict     app/main.py\n") == conflict

    done = use(project, commands, "--yes")
    assert done.returncode == conflict, done.stderr
    assert tree(project) == tree(by_copier)
    assert unmerged(project) == unmerged(by_copier)
    assert "new          app/new.py\n" in done.stdout


def test_whoever_says_no_keeps_the_project_as_it_is(
    project: Path, commands: dict[str, str]
) -> None:
    before = tree(project)
    assert use(project, commands, typed="n\n").returncode == 0
    assert use(project, commands, typed="").returncode == 2  # nobody is there to answer
    assert tree(project) == before
    assert use(project, commands, typed="y\n").returncode == 0
    assert (project / "app" / "new.py").exists()


def test_a_conflict_in_pyproject_or_in_the_tool_itself_does_not_stop_it(
    published: Path, project: Path, commands: dict[str, str]
) -> None:
    for path, old in (("pyproject.toml", 'version = "0.1.0"'), ("tools/update.py", "import sys")):
        change(project / path, old, f"{old}  # mine")
        change(next((published / "template").glob(f"{path}*")), old, f"{old}  # ours")
    commit_all(project)
    git(published, "commit", "--quiet", "--all", "--amend", "--no-edit")
    git(published, "tag", "--force", NEXT)
    done = use(project, commands, "--yes")
    assert done.returncode == 1, done.stderr
    assert unmerged(project) == {"pyproject.toml", "tools/update.py"}


@pytest.mark.slow
def test_a_project_in_a_folder_of_a_repository_is_updated_there(
    project: Path, tmp_path: Path, commands: dict[str, str]
) -> None:
    repository = tmp_path / "monorepo"
    shutil.copytree(project, repository / "api", ignore=shutil.ignore_patterns(".git"))
    (repository / "other.txt").write_text("other\n")
    git(repository, "init", "--quiet")
    commit_all(repository)
    done = use(repository / "api", commands, "--yes")
    assert done.returncode == 0, done.stderr
    changed = git(repository, "status", "--porcelain").splitlines()
    assert "?? api/app/new.py" in changed
    assert all(line[3:].startswith("api/") for line in changed)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["no git", "dirty", "no answers", "empty", "damaged", "away"])
def test_in_trouble_it_says_what_is_wrong_and_changes_nothing(
    published: Path, project: Path, commands: dict[str, str], trouble: str
) -> None:
    answers = project / ANSWERS
    match trouble:
        case "no git":
            shutil.rmtree(project / ".git")
        case "dirty":
            (project / "new.txt").write_text("new\n")
        case "no answers":
            answers.unlink()
        case "empty":
            answers.write_text("")
        case "damaged":
            answers.write_text("<<<<<<< mine\n" + answers.read_text())
        case "away":
            published.rename(published.with_name("elsewhere"))
    if trouble in {"no answers", "empty", "damaged"}:
        commit_all(project)
    before = tree(project)
    done = use(project, commands, "--yes")
    assert done.returncode == 2
    assert 'README.md helps, under "When an update complains".' in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(project) == before


@pytest.mark.slow
def test_stopped_while_it_asks_it_changes_nothing(project: Path, commands: dict[str, str]) -> None:
    before = tree(project)
    with subprocess.Popen(
        [sys.executable, "tools/update.py"],
        cwd=project,
        env=commands | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while "app/new.py" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 2
        assert "Stopped." in process.stderr.read()
    assert tree(project) == before


@pytest.mark.slow
def test_uv_runs_it(project: Path, commands: dict[str, str]) -> None:
    done = run(
        ["env", f"PATH={commands['PATH']}", "uv", "run", "tools/update.py", "--yes"], project
    )
    assert done.returncode == 0, done.stderr
    assert (project / "app" / "new.py").exists()


def test_an_answer_that_does_not_exist_is_refused(project: Path, commands: dict[str, str]) -> None:
    before = tree(project)
    done = use(project, commands, "--yes", "dockerfil=false")
    assert done.returncode == 2
    assert "There is no such question: dockerfil=false" in done.stderr
    assert tree(project) == before


@pytest.mark.parametrize("version", VERSIONS[-1:])
def test_projects_get_it_with_an_update(start: Copies, version: str) -> None:
    project = start(version)
    assert run([*COPIER, "update", "--defaults"], project).returncode == 0
    assert (project / "tools" / "update.py").exists()
