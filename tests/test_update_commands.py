"""What a project tells about updates is true: preview, drift, complaints, owners."""

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.answers import covering, pairwise
from tests.commands import copy, run, typed
from tests.conftest import Copies
from tests.damages import (
    LINE,
    MINE,
    delete_answers,
    edit_answers,
    empty_answers,
    forget_git,
    leave_work,
)
from tests.edits import ANSWERS, unmerged
from tests.history import OURS, WORK_TREE, publish_the_next, some_each_push, stubs
from tests.readme import blocks
from tests.tools import change, commit_all, files, git, tree

UPDATE = "uvx copier update --defaults"


def readme(project: Path) -> str:
    return (project / "docs" / "updates.md").read_text("utf-8")


def documented(project: Path, number: int, commands: dict[str, str]) -> str:
    script = blocks(readme(project), "sh")[number]
    outcome = subprocess.run(
        ["sh", "-c", script], cwd=project, env=commands, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@pytest.fixture
def edited(published: Path, tmp_path: Path) -> Path:
    copy(str(published), "edited", tmp_path)
    project = tmp_path / "edited"
    change(project / "app" / "main.py", LINE, MINE)
    (project / "mine.txt").write_text("mine\n")
    (project / "AGENTS.md").unlink()
    commit_all(project)
    return project


def test_an_update_with_conflicts_can_be_given_up_as_the_readme_tells(
    published: Path, edited: Path
) -> None:
    [give_up] = [each for each in blocks(readme(edited), "console") if "git reset" in each]
    (published / "template" / "app" / "new.py").write_text("NEW = 1\n")
    publish_the_next(published)
    before = tree(edited)
    assert run(typed(UPDATE), edited).returncode == 0
    assert unmerged(edited)
    assert (edited / "app" / "new.py").exists()
    subprocess.run(["sh", "-c", give_up], cwd=edited, check=True)
    assert tree(edited) == before
    assert git(edited, "status", "--porcelain") == ""


def test_an_edit_of_a_file_that_moved_is_carried_over_as_the_readme_tells(start: Copies) -> None:
    project = start("0.3.0")
    old, new = project / "app" / "errors.py", project / "app" / "kit" / "errors.py"
    apart, overlapping = "\n\nMINE = 1\n", '"""My errors.'
    old.write_text(overlapping + old.read_text("utf-8").removeprefix('"""') + apart)
    commit_all(project, "Edit")
    assert run(typed(UPDATE), project).returncode == 0
    assert unmerged(project) == {"app/errors.py"}
    assert new.read_text("utf-8").startswith('"""FastAPI')
    [carry_over] = [each for each in blocks(readme(project), "console") if "merge-file" in each]
    subprocess.run(["sh", "-c", carry_over], cwd=project, check=True)
    assert old.read_text("utf-8").startswith("# Moved to app/kit/errors.py")
    assert apart in new.read_text("utf-8")
    # Both changed the first line, so both stand there.
    assert new.read_text("utf-8").startswith("<<<<<<<")
    assert overlapping in new.read_text("utf-8")
    assert {*git(project, "ls-files").split()} >= {"app/errors.py", "app/kit/errors.py"}
    assert git(project, "ls-files", "-u") == ""
    assert not (project / "mine").exists()


def test_copiers_own_command_tells_at_its_end_what_to_look_at(start: Copies) -> None:
    outcome = run(typed(UPDATE), start("0.6.0"))
    assert outcome.returncode == 0, outcome.stderr
    told = outcome.stderr.partition("What to look at, in what is new:")[2]
    assert "## 0.7.0 - 2026-11-28\n\nLook at:\n- Content-Security-Policy: inline scripts" in told
    assert "## 0.6.0" not in told
    assert told.rstrip().endswith("run the tests, then: git add --all && git commit")


@pytest.mark.slow
def test_a_folder_that_moved_is_updated_as_the_page_tells(
    published: Path, edited: Path, commands: dict[str, str]
) -> None:
    (edited / "src").mkdir()
    git(edited, "mv", "app", "src/app")
    commit_all(edited, "Move")
    change(edited / "src/app/main.py", MINE, LINE)
    commit_all(edited, "Edit")
    publish_the_next(published)
    [block] = [each for each in blocks(readme(edited), "console") if "git mv" in each]
    script = f"set -e\n{block}"
    subprocess.run(["sh", "-c", script], cwd=edited, env=commands, check=True)
    assert OURS in (edited / "src/app/main.py").read_text("utf-8")
    assert not (edited / "app").exists()
    assert git(edited, "status", "--porcelain") == ""


@pytest.mark.slow
def test_conflicts_in_the_kit_are_resolved_as_ours_in_one_line(
    published: Path, edited: Path, fresh: Copies
) -> None:
    kit, main = edited / "app/kit/filtered.py", edited / "app/main.py"
    kit.write_text(kit.read_text("utf-8").replace("\n", " # formatted\n"))
    commit_all(edited, "Format")
    for path in (published / "template/app/kit").glob("filtered.py"):
        path.write_text(f"# New.\n{path.read_text('utf-8')}")
    publish_the_next(published)
    assert run(typed(UPDATE), edited).returncode == 0
    assert unmerged(edited) == {"app/kit/filtered.py", "app/main.py"}
    mine = main.read_text("utf-8")
    [line] = [each for each in blocks(readme(edited), "console") if "git restore --theirs" in each
              and "xargs" in each]  # fmt: skip
    subprocess.run(["sh", "-c", line], cwd=edited, check=True)
    assert kit.read_bytes() == (published / "template/app/kit/filtered.py").read_bytes()
    assert main.read_text("utf-8") == mine


@pytest.mark.slow
def test_the_files_that_a_move_left_and_nothing_imports_are_listed(start: Copies) -> None:
    project = start("0.3.0")
    assert run(typed(UPDATE), project).returncode == 0
    commit_all(project, "Update")
    [block] = [each for each in blocks(readme(project), "sh") if "Moved to" in each]

    def listed() -> set[str]:
        command = ["sh", "-c", block]
        return {*subprocess.check_output(command, cwd=project, text=True).split()}

    left = {*stubs("0.3.0")}
    assert listed() == left
    (project / "app" / "mine.py").write_text("from app.errors import answer_422\n")
    (project / "app" / "too.py").write_text("from app import filtered, locale\n")
    (project / "tests" / "test_mine.py").write_text("import tests.browser\n")
    commit_all(project, "Import")
    assert listed() == left - {"app/errors.py", "app/filtered.py", "tests/browser.py"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tagged", "folder"),
    [(True, "project"), (False, "monorepo/backend")],
)
def test_the_drift_is_what_the_owner_changed_of_the_templates_files(
    history: Path, tmp_path: Path, commands: dict[str, str], tagged: bool, folder: str
) -> None:
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", *([] if tagged else ["--no-tags"]), str(history), "template")
    copy(str(template), folder, tmp_path, "--data", "cookie_strategy=direct")
    project = tmp_path / folder
    git(tmp_path, "init", "--quiet", folder.partition("/")[0])
    commit_all(project)
    assert documented(project, 0, commands) == ""
    change(project / "app" / "main.py", LINE, MINE)
    (project / "AGENTS.md").unlink()
    (project / "mine.txt").write_text("mine\n")
    commit_all(project, "Edit")
    publish_the_next(template)
    shown = documented(project, 0, commands)
    changed = [line for line in shown.splitlines() if line.startswith(("+++", "---", "+#"))]
    assert changed == ["--- fresh/AGENTS.md", "+++ /dev/null", "--- fresh/app/main.py",
                       "+++ yours/app/main.py", "+# Mine."]  # fmt: skip


def complaints(project: Path) -> dict[str, str]:
    section = readme(project).partition("## When an update complains")[2]
    section = section.partition("Nothing complains")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("|` "): row[1] for row in rows}


DAMAGES: dict[str, Callable[[Path], None]] = {
    "Destination repository is dirty; cannot continue.": leave_work,
    "Updating is only supported in git-tracked subprojects.": forget_git,
    "Cannot update because cannot obtain old template references": edit_answers("^_commit.*", ""),
    "TypeError: Template not found": delete_answers,
    "yaml.parser.ParserError: while parsing": edit_answers("^ci: .*", "ci: ["),
    "ValueError: Invalid choice for": edit_answers("^license: .*", "license: GPL"),
    "ValueError: Validation error for question": edit_answers(
        "^project_slug: .*", "project_slug: A"
    ),
    "yaml.scanner.ScannerError: while scanning": edit_answers("^ci: ", "<<<<<<< HEAD\nci: "),
    "AttributeError: 'NoneType' object has no attribute 'items'": empty_answers,
    "ValueError: Unknown revision:": edit_answers("^_commit: .*", "_commit: 9998.0.0"),
    "fatal: invalid reference:": edit_answers("^_commit: .*", "_commit: 9998.0.0"),
    "ValueError: Local template must be a directory.": edit_answers(
        "^_src_path: .*", "_src_path: /moved"
    ),
    "Downgrades are not supported.": lambda project: None,
}


def assert_told(outcome: subprocess.CompletedProcess[str], message: str) -> None:
    """Check that the complaint stands where the README says: in one of the last lines."""
    assert outcome.returncode != 0
    assert any(message in line for line in outcome.stderr.splitlines()[-8:]), outcome.stderr


@pytest.mark.parametrize("message", DAMAGES)
def test_an_update_that_complains_says_what_the_readme_explains_and_changes_nothing(
    published: Path, tmp_path: Path, message: str
) -> None:
    by_url = message.startswith("fatal: ")
    copy(f"git+{published.as_uri()}" if by_url else str(published), "project", tmp_path)
    project = tmp_path / "project"
    commit_all(project)
    assert message in complaints(project)
    publish_the_next(published)
    DAMAGES[message](project)
    before = tree(project)
    older = message.startswith("Downgrades")
    outcome = run(typed(f"{UPDATE} --vcs-ref 0.1.0" if older else UPDATE), project)
    assert_told(outcome, message)
    assert tree(project) == before


class Refusing(BaseHTTPRequestHandler):
    """A web server that knows no template, or wants to know who asks for it."""

    def do_GET(self) -> None:
        private = self.path.startswith("/private")
        self.send_response(401 if private else 404)
        if private:
            self.send_header("WWW-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def web() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


UNREACHABLE = {
    "fatal: repository": "{web}/moved.git",
    "fatal: could not read Username for": "{web}/private.git",
    "fatal: Could not read from remote repository.": "ssh://git@host.example/template.git",
    "fatal: unable to access": "http://127.0.0.1:1/template.git",  # where nobody ever listens
}


@pytest.mark.parametrize(
    "message",
    [pytest.param(each, marks=pytest.mark.slow) for each in UNREACHABLE],
)
def test_a_template_that_cannot_be_reached_is_found_again_as_the_readme_tells(
    published: Path, tmp_path: Path, web: str, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    copy(f"git+{published.as_uri()}", "project", tmp_path)
    project = tmp_path / "project"
    address = UNREACHABLE[message].format(web=web)
    edit_answers("^_src_path: .*", f"_src_path: git+{address}")(project)
    before = tree(project)
    assert message in complaints(project)
    assert_told(run(typed(UPDATE), project), message)
    assert tree(project) == before
    publish_the_next(published)
    edit_answers("^_src_path: .*", f"_src_path: git+{published.as_uri()}")(project)
    assert run(typed(UPDATE), project).returncode == 0
    assert OURS in (project / "app" / "main.py").read_text("utf-8")


def test_an_older_copier_than_needed_is_told(published: Path, tmp_path: Path) -> None:
    copy(str(published), "project", tmp_path)
    project = tmp_path / "project"
    commit_all(project)
    change(published / "copier.yml", '_min_copier_version: "9.19.1"', '_min_copier_version: "99"')
    publish_the_next(published)
    before = tree(project)
    message = "This template requires Copier version >="
    assert message in complaints(project)
    assert_told(run(typed(UPDATE), project), message)
    assert tree(project) == before


def test_every_complaint_that_the_readme_explains_is_tested(start: Copies) -> None:
    # The last three are tested in test_answers.py and test_git_settings.py.
    others = {*UNREACHABLE, "This template requires Copier version >=", "this answer deletes",
              "UnicodeDecodeError", "ProcessExecutionError: Unexpected exit code"}  # fmt: skip
    assert complaints(start(WORK_TREE)).keys() == DAMAGES.keys() | others


@pytest.mark.slow
def test_an_answers_file_is_restored_as_the_readme_tells(published: Path, tmp_path: Path) -> None:
    copy(str(published), "project", tmp_path)
    project = tmp_path / "project"
    commit_all(project)
    right = (project / ANSWERS).read_text("utf-8")
    edit_answers("^_commit.*", "")(project)
    [block] = [
        each for each in blocks(readme(project), "console") if "git restore --source" in each
    ]
    log, restore, keep = (shlex.split(line) for line in block.splitlines())
    breaking = re.findall(r"^commit (\w+)", git(project, *log[1:]), re.MULTILINE)[0]
    git(project, *(word.replace("COMMIT", breaking) for word in restore[1:]))
    git(project, *keep[1:])
    assert (project / ANSWERS).read_text("utf-8") == right
    assert run(typed(UPDATE), project).returncode == 0


@pytest.mark.parametrize("answers", some_each_push(pairwise(), covering(pairwise(), 1)))
def test_every_file_of_a_project_has_an_owner(start: Copies, answers: dict[str, str]) -> None:
    project = start(WORK_TREE, **answers)
    table = readme(project).partition("## Who owns what")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    named = [
        (path, owner) for where, _, owner in rows[2:] for path in re.findall(r"`([^`]+)`", where)
    ]
    owners = dict(named)
    assert len(owners) == len(named)
    folders = tuple(path for path in owners if path.endswith("/"))
    assert all(path in owners or path.startswith(folders) for path in files(project))
    assert {*owners.values()} == {"yours", "yours and ours", "ours", "Copier"}
    assert {path for path in owners if not (project / path).exists()} == {"uv.lock"}
