"""A project starts small, and takes sign-in when it is time: nothing is lost on the way up."""

import sys
from random import Random

import pexpect
import pytest

from tests.answers import STRATEGIES, is_possible
from tests.commands import at_a_terminal, run, typed
from tests.conftest import Copies, Warm
from tests.edits import assert_nothing_lost, edit, state, unmerged
from tests.history import VERSIONS, WORK_TREE, update
from tests.places import PLACES, write_its_test
from tests.tools import change, commit_all, files, tree

pytestmark = pytest.mark.usefixtures("quick_copier")

UP = "uvx copier update --defaults --vcs-ref :current: --data sign_in=sessions"


@pytest.mark.slow  # The next test shows it of one strategy, by the README's command.
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_untouched_project_moves_up_to_a_fresh_copy(
    start: Copies, fresh: Copies, strategy: str
) -> None:
    project = start(WORK_TREE, cookie_strategy=strategy, sign_in="none")
    assert run(typed(UP), project).returncode == 0
    assert tree(project) == tree(fresh(WORK_TREE, cookie_strategy=strategy, sign_in="sessions"))


def test_the_command_of_the_readme_moves_up(
    start: Copies, fresh: Copies, commands: dict[str, str]
) -> None:
    project = start(WORK_TREE, sign_in="none")
    readme = (project / "README.md").read_text("utf-8")
    [command] = [each for each in readme.split("`") if each.startswith("uv run tools/update.py s")]
    words = [sys.executable, *command.split()[2:], "--yes"]
    assert run(words, project, environment=commands).returncode == 0
    assert files(project) == files(fresh(WORK_TREE, sign_in="sessions"))


@pytest.mark.slow  # test_updates.py moves up an edited project of the last release on each push.
@pytest.mark.parametrize("number", range(30))
def test_a_project_of_months_moves_up_and_loses_nothing(
    start: Copies, fresh: Copies, number: int
) -> None:
    strategy = STRATEGIES[number % 2]
    before, theirs = (
        state(fresh(WORK_TREE, cookie_strategy=strategy, sign_in=size))
        for size in ("none", "sessions")
    )
    project = start(WORK_TREE, cookie_strategy=strategy, sign_in="none")
    print(edit(project, Random(number)))
    (project / "app" / "routes" / "welcome.py").unlink()
    mine = state(project)
    commit_all(project, "Edit for months")
    update(project, cookie_strategy=strategy, sign_in="sessions")
    assert_nothing_lost(before, mine, project, theirs)
    assert not (project / "app" / "routes" / "welcome.py").exists()
    assert (project / "app" / "kit" / "sessions" / "session.py").exists()


def test_own_files_of_the_same_names_meet_ours_in_a_conflict(start: Copies) -> None:
    project = start(WORK_TREE, sign_in="none")
    for name in ("users.py", "sign_in.py"):
        (project / "app" / name).write_text(f'"""My {name}."""\n')
    change(project / "app" / "main.py", "for router in routers:", "for router in [*routers]:")
    commit_all(project, "Sign people in myself")
    update(project, sign_in="sessions")
    assert unmerged(project) >= {"app/users.py", "app/sign_in.py"}
    for name in ("users.py", "sign_in.py"):
        text = (project / "app" / name).read_text("utf-8")
        assert text.startswith(f'<<<<<<< before updating\n"""My {name}."""\n=======\n')
    assert "for router in [*routers]:" in (project / "app" / "main.py").read_text("utf-8")


def test_moving_down_is_refused_at_the_prompt(start: Copies) -> None:
    project = start(WORK_TREE)
    before = tree(project)
    options = ["update", "--defaults", "--ask=sign_in", f"--vcs-ref={WORK_TREE}"]
    terminal = at_a_terminal(*options, cwd=project, columns=400)
    terminal.expect("Do people sign in")
    terminal.expect("No, or not yet.*this answer deletes .*app/users.py.*delete or rename them")
    terminal.send("\x1b[A\r")  # up: there is nothing else to choose
    terminal.expect(pexpect.EOF)
    assert tree(project) == before


BEFORE = [
    version for version in VERSIONS if not is_possible({"release": version, "sign_in": "none"})
]


@pytest.mark.slow  # A question too many loses nothing; test_owners.py updates from there.
@pytest.mark.parametrize("version", BEFORE)
def test_a_project_from_before_the_question_has_sessions_without_being_asked(
    start: Copies, version: str
) -> None:
    project = start(version)
    options = ["update", f"--vcs-ref={WORK_TREE}"]
    terminal = at_a_terminal(*options, cwd=project)
    for question in ("What is the project's name", "How do path operations set cookies"):
        terminal.expect(question)
        terminal.send("\r")
    terminal.expect(pexpect.EOF)
    assert "Do people sign in" not in (terminal.before or "")
    assert "\nsign_in: sessions\n" in (project / ".copier-answers.yml").read_text("utf-8")
    assert (project / "app" / "users.py").exists()


def test_a_project_from_before_the_question_is_not_made_smaller(start: Copies) -> None:
    project = start(BEFORE[-1])
    before = tree(project)
    with pytest.raises(ValueError, match=r"this answer deletes .*app/users\.py"):
        update(project, sign_in="none")
    assert tree(project) == before


@pytest.mark.parametrize(
    "name",
    [
        each if each == "a lifespan" else pytest.param(each, marks=pytest.mark.slow)
        for each in PLACES
    ],
)
def test_an_edit_where_sign_in_is_added_means_what_it_did_or_is_a_conflict(
    start: Copies, warm: Warm, name: str
) -> None:
    place = PLACES[name]
    project = start(WORK_TREE, sign_in="none")
    place.edit(project)
    mine = write_its_test(project, place.test).relative_to(project)
    if place.test:
        code, printed = warm(project, "-q", str(mine))
        assert code == 0, printed
    commit_all(project, "Edit")
    update(project, sign_in="sessions")
    assert unmerged(project) == place.moving_up
    if not place.moving_up:
        its_own = [str(mine), "tests/test_app.py"] if name != "all under /api" else [str(mine)]
        code, printed = warm(project, "-q", *its_own)
        assert code == 0, printed


def test_negative_control_a_lifespan_that_is_merged_beside_ours_is_noticed(
    start: Copies, warm: Warm
) -> None:
    """As it was before 0.10.0: git merged both without a conflict, and one of them never ran."""
    project = start(WORK_TREE)
    main = project / "app" / "main.py"
    change(main, "    add_sessions(app, open_sessions(settings))\n",
           "    app.state.sessions = open_sessions(settings)\n")  # fmt: skip
    PLACES["a lifespan"].edit(project)
    code, printed = warm(project, "-q", "tests/test_app.py")
    assert code == 1
    assert "FAILED tests/test_app.py::test_expired_sessions_leave_the_store" in printed
