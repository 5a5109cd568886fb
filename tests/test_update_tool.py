"""`tools/update.py` of a project does what `copier update` does, shows it first, and survives."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from select import select

import pytest

from tests.commands import run
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
from tests.history import WORK_TREE, publish_the_next, release, take_updates_from
from tests.small_template import (
    MERGED,
    assert_nothing_lost,
    make_edited_project,
    make_small_template,
    write,
)
from tests.tools import COPIER, change, commit_all, git, tree

TOOL = ["python3", "tools/update.py"]


@pytest.fixture
def small_template(tmp_path: Path) -> Path:
    return make_small_template(tmp_path)


@pytest.fixture
def project(small_template: Path, tmp_path: Path) -> Path:
    return make_edited_project(small_template, tmp_path / "project")


def tool(
    project: Path, commands: dict[str, str], *options: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TOOL, *options], cwd=project, env=commands, input=typed, capture_output=True, text=True
    )


def updated_plainly(project: Path) -> Path:
    plain = shutil.copytree(project, project.parent / "plain", symlinks=True)
    assert run([*COPIER, "update", "--quiet", "--defaults"], plain).returncode == 0
    return plain


def assert_same(project: Path, other: Path) -> None:
    assert tree(project) == tree(other)
    status = ["status", "--porcelain", "-z"]
    assert git(project, *status) == git(other, *status)


def test_the_result_is_that_of_copier_update(project: Path, commands: dict[str, str]) -> None:
    plain = updated_plainly(project)
    assert tool(project, commands, "--yes").returncode == 1
    assert_same(project, plain)


@pytest.mark.slow
def test_the_result_is_that_of_copier_update_in_a_whole_project(
    start: Copies, history: Path, published: Path, commands: dict[str, str]
) -> None:
    project = start(WORK_TREE)
    change(project / "app" / "main.py", LINE, MINE)
    take_updates_from(published, history, project)
    publish_the_next(published)
    plain = updated_plainly(project)
    assert tool(project, commands, "--yes").returncode == 1
    assert_same(project, plain)


@pytest.mark.slow
def test_the_preview_shows_exactly_what_the_update_then_does(
    project: Path, commands: dict[str, str]
) -> None:
    before = tree(project)
    shown = tool(project, commands, "--preview")
    assert shown.returncode == 1
    assert tree(project) == before
    summary, _, previewed = shown.stdout.partition("\n\n")
    assert tool(project, commands, "--yes").stdout.startswith(f"{summary}\n\nUpdated. 1 conflicts")
    git(project, "add", "--all")
    assert previewed == git(project, "diff", "--cached")


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("\n", 1), ("", 2)])
def test_nothing_is_updated_without_a_yes(
    project: Path, commands: dict[str, str], typed: str, code: int
) -> None:
    before = tree(project)
    done = tool(project, commands, typed=typed)
    assert (done.returncode, tree(project)) == (code, before)
    assert done.stdout.rstrip().endswith("Update? [y/N]")


@pytest.mark.slow
def test_a_yes_updates(project: Path, commands: dict[str, str]) -> None:
    assert tool(project, commands, typed="y\n").returncode == 1
    assert_nothing_lost(project)


@pytest.mark.slow
@pytest.mark.parametrize("runner", [["python3"], ["uv", "run"]])
def test_it_runs_with_a_conflict_in_pyproject(
    project: Path, commands: dict[str, str], runner: list[str]
) -> None:
    (project / "pyproject.toml").write_text("<<<<<<< before updating\n[project]\n=======\n")
    commit_all(project, "Leave a conflict")
    command = [*runner, "tools/update.py", "--yes"]
    assert subprocess.run(command, cwd=project, env=commands).returncode == 1
    assert_nothing_lost(project)


@pytest.mark.slow
def test_it_runs_in_a_folder_of_a_repository(
    small_template: Path, tmp_path: Path, commands: dict[str, str]
) -> None:
    top = tmp_path / "monorepo"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "monorepo")
    (top / "mine.txt").write_text("mine\n")
    project = make_edited_project(small_template, top / "backend")
    assert tool(project, commands, "--yes").returncode == 1
    assert_nothing_lost(project)
    assert not git(top, "status", "--porcelain", "mine.txt")
    git(top, "reset", "--quiet", "--hard")
    (top / "mine.txt").write_text("work\n")  # giving an update up would take it away
    assert "Commit or stash" in tool(project, commands, "--yes").stderr


@pytest.mark.slow
def test_it_updates_itself(small_template: Path, project: Path, commands: dict[str, str]) -> None:
    new = "raise SystemExit(7)\n"
    (small_template / "template/tools/update.py").write_text(new)
    release(small_template, "3.0.0")
    plain = updated_plainly(project)
    assert tool(project, commands, "--yes").returncode == 1
    assert (project / "tools/update.py").read_text("utf-8") == new
    assert_same(project, plain)


@pytest.mark.slow
def test_files_that_are_no_utf_8_are_no_trouble(project: Path, commands: dict[str, str]) -> None:
    (project / "latin-1.txt").write_bytes("für\n".encode("latin-1"))
    text = (project / "merged.txt").read_bytes()
    (project / "merged.txt").write_bytes(b"\xfc\n" + text)
    commit_all(project, "Write Latin-1")
    assert tool(project, commands, "--preview").returncode == 1
    plain = updated_plainly(project)
    assert tool(project, commands, "--yes").returncode == 1
    assert_same(project, plain)


def move_the_template(project: Path) -> None:
    edit_answers("^_src_path: .*", "_src_path: /moved")(project)


def lose_the_network(project: Path) -> None:
    # Nobody ever listens there.
    edit_answers("^_src_path: .*", "_src_path: git+http://127.0.0.1:1/template.git")(project)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "ParserError: while parsing": edit_answers("^place: .*", "place: ["),
    "has no attribute 'items'": empty_answers,
    "No such file or directory": delete_answers,
    "Local template must be a directory.": move_the_template,
    "unable to access": lose_the_network,
    "not a git repository": forget_git,
    "Commit or stash your work first": leave_work,
}


@pytest.mark.parametrize("message", [
    "Commit or stash your work first",
    *(pytest.param(each, marks=pytest.mark.slow) for each in [*DAMAGES][:-1]),
])  # fmt: skip
def test_where_it_cannot_update_it_says_why_and_changes_nothing(
    project: Path, commands: dict[str, str], message: str
) -> None:
    DAMAGES[message](project)
    before = tree(project)
    done = tool(project, commands, "--yes")
    assert (done.returncode, tree(project)) == (2, before)
    assert message in done.stderr
    assert "File " not in done.stderr
    assert done.stderr.endswith('docs/updates.md helps, under "When an update complains".\n')


def replace_copier(commands: dict[str, str], script: str) -> None:
    """Let `uvx copier` run `script` first."""
    uvx = Path(commands["PATH"].split(os.pathsep)[0]) / "uvx"
    uvx.write_text(uvx.read_text().replace("shift\n", f"shift\n{script}\n"))


def not_knowing_of(setting: str, project: Path) -> None:
    """Let the tool of this project cure one setting less: it can never know them all."""
    path = project / "tools/update.py"
    change(path, next(line for line in path.read_text().splitlines(True) if setting in line), "")
    commit_all(project, f"Forget {setting}")


HARM = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.bigFileThreshold", "GIT_CONFIG_VALUE_0": "1"}  # fmt: skip  # noqa: E501


def test_an_update_that_would_lose_an_edit_changes_nothing_and_names_the_file(
    project: Path, commands: dict[str, str]
) -> None:
    not_knowing_of("core.bigFileThreshold", project)
    before = tree(project)
    done = tool(project, commands | HARM, "--yes")
    assert (done.returncode, tree(project)) == (2, before)
    assert "would lose what you wrote in: conflict.txt, merged.txt, page.md" in done.stderr
    assert "Nothing has changed." in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "names"),
    [
        ('cp "{template}/template/merged.txt" .', "merged.txt"),
        ("sed -i '1d' merged.txt", "merged.txt"),
        ("rm merged.txt", "merged.txt"),
        ("git checkout --theirs conflict.txt", "conflict.txt"),
    ],
)
def test_an_update_that_lost_an_edit_is_undone(
    small_template: Path, project: Path, commands: dict[str, str], loss: str, names: str
) -> None:
    (project / "empty").mkdir()
    (project / "ignored.txt").write_text("mine\n")
    (project / ".git" / "info" / "exclude").write_text("ignored.txt\n")
    lose = loss.format(template=small_template)
    copier = f'"{sys.executable}" -m copier "$@" && {lose}; exit'
    replace_copier(commands, f'if [ "$PWD" = "{project}" ]; then {copier}; fi')
    before = tree(project)
    done = tool(project, commands, "--yes")
    assert (done.returncode, tree(project)) == (2, before)
    assert git(project, "status", "--porcelain") == ""
    assert f"would lose what you wrote in: {names}.\nNothing has changed." in done.stderr


def test_a_file_that_git_ignores_is_not_overwritten(
    project: Path, commands: dict[str, str]
) -> None:
    """Copier writes over it, with or without our tool."""
    (project / "new.txt").write_text("mine\n")
    (project / ".git" / "info" / "exclude").write_text("new.txt\n")
    before = tree(project)
    done = tool(project, commands, "--yes")
    assert (done.returncode, tree(project)) == (2, before)
    assert "would lose what you wrote in: new.txt" in done.stderr


@pytest.mark.slow
def test_an_edit_that_the_template_made_too_is_not_lost(
    small_template: Path, project: Path, commands: dict[str, str]
) -> None:
    shutil.copy(small_template / "template/page.md", project / "page.md")
    shutil.copy(small_template / "template/untouched.txt", project / "untouched.txt")
    commit_all(project, "Make the same change")
    assert tool(project, commands, "--yes").returncode == 1


@pytest.mark.slow
def test_the_answers_may_be_in_another_file(project: Path, commands: dict[str, str]) -> None:
    git(project, "mv", ".copier-answers.yml", ".copier-answers.cookies.yml")
    commit_all(project, "Call it otherwise")
    assert tool(project, commands, "--yes").returncode == 1
    assert "_commit: 2.0.0" in (project / ".copier-answers.cookies.yml").read_text("utf-8")
    assert not (project / ".copier-answers.yml").exists()
    assert_nothing_lost(project)


@pytest.mark.slow
def test_where_several_files_hold_answers_it_asks_which(
    project: Path, commands: dict[str, str]
) -> None:
    text = (project / ".copier-answers.yml").read_text("utf-8")
    git(project, "mv", ".copier-answers.yml", "b.yml")
    (project / "a.yml").write_text(text)
    commit_all(project, "Two templates")
    done = tool(project, commands, "--preview")
    assert done.returncode == 2
    assert "Say which holds the answers: --answers-file=a.yml or b.yml" in done.stderr
    assert tool(project, commands, "--preview", "--answers-file=b.yml").returncode == 1
    # The one of this template is known by its questions.
    (project / "b.yml").write_text(f"{text}cookie_strategy: direct\n")
    commit_all(project, "One is ours")
    assert tool(project, commands, "--preview").returncode == 1


@pytest.mark.slow
def test_a_repository_of_sha_256_objects_gets_its_conflicts_as_rejects(
    project: Path, tmp_path: Path, commands: dict[str, str]
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "other")
    shutil.copytree(project, other, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True)
    commit_all(other)
    done = tool(other, commands, "--yes")
    assert done.returncode == 1
    assert done.stdout.startswith("conflict     conflict.txt.rej\n")
    assert "Conflicts to resolve: 1." in done.stdout
    assert (other / "merged.txt").read_text("utf-8") == MERGED
    assert "line 20 of the owner" in (other / "conflict.txt.rej").read_text("utf-8")


@pytest.mark.parametrize("move", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_what_comes_back_into_a_folder_that_is_gone_is_told(
    project: Path, commands: dict[str, str], move: bool
) -> None:
    if move:
        (project / "src").mkdir()
        (project / "part").rename(project / "src" / "part")
    else:
        shutil.rmtree(project / "part")
    commit_all(project, "Have it elsewhere")
    told = tool(project, commands, "--preview").stdout
    why = "moved it, perhaps to src/part/one.txt" if move else "deleted it"
    assert f"not reached  part/one.txt: you {why}\n" in told
    assert "new          part/two.txt: you deleted or moved part/, so move or delete it\n" in told
    assert 'docs/updates.md tells how, under "Where you moved a folder"\n' in told


def test_what_to_look_at_is_told_before_it_asks(
    small_template: Path, project: Path, commands: dict[str, str]
) -> None:
    page = "# What\n\n## 3.0.0\n\nLook at:\n- One.\n\n## 2.0.0\n\nLook at: nothing.\n"
    write(small_template, {"template/docs/changes.md": page})
    release(small_template, "3.0.0")
    told = tool(project, commands, typed="n\n").stdout
    look, asked, _ = told.partition("\nUpdate? [y/N]")
    assert asked
    assert look.endswith("What to look at, in what is new:\n\n3.0.0\n\nLook at:\n- One.\n\n"
                         "2.0.0\n\nLook at: nothing.\n")  # fmt: skip


@pytest.mark.slow
def test_ctrl_c_leaves_the_project_unchanged(
    project: Path, tmp_path: Path, commands: dict[str, str]
) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    says_so = os.open(started, os.O_RDWR)  # opened to write, too, so that nobody waits for that
    replace_copier(commands, f'echo > "{started}"; exec sleep 60')
    before = tree(project)
    running = subprocess.Popen([*TOOL, "--yes"], cwd=project, env=commands, text=True,
                               stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip
    assert select([says_so], [], [], 60)[0], "Copier was not started"
    os.close(says_so)
    os.killpg(running.pid, signal.SIGINT)
    assert "Stopped." in running.communicate(timeout=60)[1]
    assert (running.returncode, tree(project)) == (2, before)


@pytest.mark.slow
def test_an_update_that_stops_half_way_can_be_given_up_as_it_says(
    project: Path, commands: dict[str, str]
) -> None:
    half = f'[ "$PWD" = "{project}" ] && echo half > page.md && touch new.txt && exit 1'
    replace_copier(commands, half)
    before = tree(project)
    done = tool(project, commands, "--yes")
    assert done.returncode == 2
    assert tree(project) != before
    [told] = [line for line in done.stdout.splitlines() if line.startswith("It stopped half-way")]
    subprocess.run(["sh", "-c", told.partition(": ")[2]], cwd=project, check=True)
    assert tree(project) == before


@pytest.mark.slow
def test_it_pairs_no_moved_file_for_sure_with_one_of_two_that_are_alike(
    project: Path, commands: dict[str, str]
) -> None:
    """All the texts of the small template are alike."""
    (project / "untouched.txt").rename(project / "mine.txt")
    (project / "page.md").unlink()
    commit_all(project, "Move one, delete the other")
    told = tool(project, commands, "--preview").stdout.splitlines()
    found = {line.removeprefix("not reached  ") for line in told if line.startswith("not reached")}
    moved = "you moved it, perhaps to mine.txt"
    pairs = [("untouched.txt", "page.md"), ("page.md", "untouched.txt")]
    assert found - {"deleted.txt: you deleted it"} in [
        {f"{one}: {moved}", f"{other}: you deleted it"} for one, other in pairs
    ]
