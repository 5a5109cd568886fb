"""The laws of `copier update`, from every release so far to the work tree.

An update of an untouched project is a fresh copy. An update of an edited one keeps the edits, or
shows a conflict. Copier runs in-process, without trust; where the way in matters, its command line.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import copier
import pytest

from tests.answers import CHOICES, STRATEGIES, label, pairwise
from tests.conftest import Copies, Environment
from tests.edits import (
    add_an_executable,
    assert_nothing_lost,
    commit_a_lock_file,
    edit,
    state,
    unmerged,
)
from tests.history import (
    NEXT,
    VERSIONS,
    WORK_TREE,
    publish_the_next,
    releases,
    take_updates_from,
    update,
)
from tests.test_command_line import commands_of_the_answers_file, copy, run, typed
from tests.test_gates import OLDEST, QUICK_GATES, assert_passes, change
from tests.test_readmes import add_the_cookie_of_the_readme, blocks
from tests.tools import commit_all, git, tree

pytestmark = pytest.mark.usefixtures("quick_copier")

OTHER = dict(zip(STRATEGIES, reversed(STRATEGIES), strict=True))


def split(chosen: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the release that a project starts from, and its answers."""
    return chosen["release"], {name: chosen[name] for name in CHOICES}


PROJECTS = [{"release": version, **answers} for version in VERSIONS for answers in pairwise()]
# Every release with every choice, and every two choices together: it grows slowly.
FROM_RELEASES = pairwise(release=VERSIONS)


@pytest.mark.parametrize("chosen", PROJECTS, ids=label)
def test_an_untouched_project_becomes_a_fresh_copy_and_then_nothing_changes(
    start: Copies, fresh: Copies, chosen: dict[str, Any]
) -> None:
    version, answers = split(chosen)
    project = start(version, **answers)
    expected = tree(fresh(WORK_TREE, **answers))
    gone = tree(project).keys() - expected.keys()
    assert not gone, "an update deletes them, edits and all: see CONTRIBUTING.md"
    update(project)
    assert tree(project) == expected
    update(project)
    assert tree(project) == expected
    copier.run_recopy(project, vcs_ref=WORK_TREE, defaults=True, overwrite=True, quiet=True)
    assert tree(project) == expected


@pytest.mark.parametrize(
    "chosen", [chosen for chosen in FROM_RELEASES if chosen["release"] != VERSIONS[-1]], ids=label
)
def test_a_stop_at_the_release_between_changes_nothing(
    start: Copies, fresh: Copies, chosen: dict[str, Any]
) -> None:
    """With the test above, and release by release, any path leads to the same project."""
    version, answers = split(chosen)
    project = start(version, **answers)
    between = VERSIONS[VERSIONS.index(version) + 1]
    update(project, between)
    assert tree(project) == tree(fresh(between, **answers))
    update(project)
    assert tree(project) == tree(fresh(WORK_TREE, **answers))


@pytest.mark.parametrize("chosen", FROM_RELEASES, ids=label)
def test_switching_the_strategy_with_an_update_and_back_gives_fresh_copies(
    start: Copies, fresh: Copies, chosen: dict[str, Any]
) -> None:
    """Fresh copies pass the rendered tests: test_gates.py runs them for each strategy."""
    version, answers = split(chosen)
    project = start(version, **answers)
    for strategy in (OTHER[answers["cookie_strategy"]], answers["cookie_strategy"]):
        update(project, cookie_strategy=strategy)
        assert tree(project) == tree(fresh(WORK_TREE, **answers | {"cookie_strategy": strategy}))


@pytest.mark.parametrize("switched", [False, True], ids=["strategy kept", "strategy switched"])
@pytest.mark.parametrize("chosen", FROM_RELEASES, ids=label)
def test_an_update_loses_no_edit(
    start: Copies, fresh: Copies, chosen: dict[str, Any], switched: bool
) -> None:
    version, answers = split(chosen)
    project = start(version, **answers)
    print(edit(project, Random(f"{label(chosen)} {switched}")))
    mine = state(project)
    commit_all(project, "Edit")
    strategy = answers["cookie_strategy"]
    wanted = OTHER[strategy] if switched else strategy
    update(project, cookie_strategy=wanted)
    theirs = fresh(WORK_TREE, **answers | {"cookie_strategy": wanted})
    assert_nothing_lost(state(fresh(version, **answers)), mine, project, state(theirs))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_function_that_the_owner_and_the_switch_changed_is_a_conflict_with_both_versions(
    start: Copies, fresh: Copies, version: str, strategy: str
) -> None:
    project = start(version, cookie_strategy=strategy)
    path = "app/routes/preferences.py"
    change(project / path, "PREFERENCES.delete(response)", "PREFERENCES.delete(response, mine)")
    mine = (project / path).read_text("utf-8")
    commit_all(project, "Edit")
    update(project, cookie_strategy=OTHER[strategy])
    assert unmerged(project) == {path}
    theirs = (fresh(WORK_TREE, cookie_strategy=OTHER[strategy]) / path).read_text("utf-8")
    assert git(project, "show", f":2:{path}") == mine
    assert git(project, "show", f":3:{path}") == theirs
    ours, _, rest = (project / path).read_text("utf-8").partition("=======\n")
    assert "PREFERENCES.delete(response, mine)" in ours
    assert "PREFERENCES.delete(response)\n" in rest


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("version", VERSIONS)
def test_positive_control_an_edit_where_the_template_changed_is_a_conflict(
    history: Path, start: Copies, tmp_path: Path, version: str, strategy: str
) -> None:
    project = start(version, cookie_strategy=strategy)
    change(project / "app" / "main.py", "create_app(load_settings())", "create_app(mine)")
    next_template = shutil.copytree(history, tmp_path / "next")
    publish_the_next(next_template)
    take_updates_from(next_template, history, project)
    update(project, NEXT)
    assert unmerged(project) == {"app/main.py"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_cookie_added_as_the_readme_says_meets_the_templates_next_router_without_a_conflict(
    history: Path, start: Copies, tmp_path: Path, strategy: str
) -> None:
    project = start(WORK_TREE, cookie_strategy=strategy)
    add_the_cookie_of_the_readme(project)
    next_template = shutil.copytree(history, tmp_path / "next")
    for package in (next_template / "template" / "app").glob("*/__init__.py"):
        if "routes" in package.parent.name:
            change(package, "    preferences,\n", "    offers,\n    preferences,\n")
            change(
                package,
                "    preferences.router,\n",
                "    offers.router,\n    preferences.router,\n",
            )
    publish_the_next(next_template)
    take_updates_from(next_template, history, project)
    update(project, NEXT)
    assert unmerged(project) == set()
    routers = (project / "app" / "routes" / "__init__.py").read_text("utf-8")
    assert routers.count("offers") == routers.count("currency") == 2


def edit_apart(project: Path) -> None:
    """Edit what users edit, and follow the README, where no release changed anything since."""
    readme = (project / "README.md").read_text("utf-8")
    declaration, routes, _, request = blocks(readme, "python")[-4:]
    with (project / "app" / "cookies.py").open("a") as file:
        file.write(f"\n\n{declaration}")
    (project / "app" / "routes" / "currency.py").write_text(routes)
    page = '    app.frontend("/", directory=HERE / "frontend")\n'
    route = "    from app.routes import currency\n\n    app.include_router(currency.router)\n"
    change(project / "app" / "main.py", page, route + page)
    change(project / "tests" / "test_every_route.py", "}},\n}\n", f"}}}},\n{request}}}\n")

    change(project / "app" / "cookies.py", "le=200", "le=300")
    change(project / "README.md", "## Run it\n", "Mine.\n\n## Run it\n")
    change(project / "pyproject.toml", 'version = "0.1.0"', 'version = "1.0.0"')
    change(project / "app" / "frontend" / "style.css", "line-height: 1.5;", "line-height: 1.6;")
    (project / "AGENTS.md").unlink()
    commit_a_lock_file(project, Random(0))
    add_an_executable(project, Random(0))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("version", VERSIONS)
def test_an_edited_project_that_updates_cleanly_passes_its_tests_lint_and_types_at_once(
    start: Copies, fresh: Copies, environment: Environment, version: str, strategy: str
) -> None:
    project = start(version, cookie_strategy=strategy)
    edit_apart(project)
    mine = state(project)
    commit_all(project, "Edit")
    update(project)
    assert unmerged(project) == set()
    before, theirs = (fresh(each, cookie_strategy=strategy) for each in (version, WORK_TREE))
    assert_nothing_lost(state(before), mine, project, state(theirs))
    assert_passes(project, environment(OLDEST), QUICK_GATES)


@pytest.mark.parametrize("tagged", [True, False], ids=["with tags", "without tags"])
@pytest.mark.parametrize("by_url", [True, False], ids=["from a URL", "from a path"])
@pytest.mark.parametrize(
    ("strategy", "version"), [("temporal", VERSIONS[0]), ("direct", VERSIONS[-1])]
)
def test_what_a_user_types_updates_from_the_release_of_that_time(
    history: Path,
    fresh: Copies,
    tmp_path: Path,
    strategy: str,
    version: str,
    by_url: bool,
    tagged: bool,
) -> None:
    # The repository as it was then, with what was tagged by then.
    published = tmp_path / "the template"
    git(tmp_path, "clone", "--quiet", "--no-tags", str(history), str(published))
    git(published, "checkout", "--quiet", "-B", "main", releases()[version])
    source = f"git+{published.as_uri()}" if by_url else str(published)
    if tagged:
        git(published, "tag", version)
    answers = ["project_name=My App", f"cookie_strategy={strategy}"]
    copy(source, "project", tmp_path, *(word for each in answers for word in ("--data", each)))
    project = tmp_path / "project"
    change(project / "README.md", "## Run it\n", "Mine.\n\n## Run it\n")
    (project / "app" / "locale.py").unlink()
    mine = state(project)
    commit_all(project)

    git(published, "fetch", "--quiet", "--tags" if tagged else "--no-tags", "origin")
    git(published, "reset", "--quiet", "--hard", "origin/main")
    command, _ = commands_of_the_answers_file(project)
    outcome = run(typed(command), project)
    assert outcome.returncode == 0, outcome.stderr
    assert "My App is updated. Look at `git status`" in outcome.stderr
    assert unmerged(project) == set()
    before, theirs = (state(fresh(each, cookie_strategy=strategy)) for each in (version, WORK_TREE))
    assert_nothing_lost(before, mine, project, theirs)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda after: (after / "mine.txt").unlink(), "mine.txt is gone"),
        (lambda after: (after / "mine.txt").chmod(0o644), "mine.txt is the owner's"),
        (lambda after: (after / "ours.txt").write_text("1\n"), "ours.txt was left alone"),
        (lambda after: (after / "ours.txt").chmod(0o755), "ours.txt was left alone"),
        (lambda after: (after / "new.txt").unlink(), "new.txt was left alone"),
        (lambda after: (after / "mine.txt").write_text("other\n"), "mine.txt is the owner's"),
        (lambda after: (after / "b.txt").write_text("2\n3\n"), "b.txt lost a line"),
        (lambda after: (after / "b.txt").write_text("1\n2\n3\nmine\n"), "b.txt has a line again"),
        (lambda after: (after / "deleted.txt").write_text("1\n"), "deleted.txt was deleted"),
        (
            lambda after: (after / "b.txt").write_text("<<<<<<< before updating\n2\n3\nmine\n"),
            "git reports",
        ),
    ],
)
def test_negative_control_a_lost_edit_is_noticed(
    tmp_path: Path, damage: Callable[[Path], object], complaint: str
) -> None:
    one, two = (b"1\n", False), (b"2\n", False)
    before = {"b.txt": (b"1\n2\n", False), "deleted.txt": one, "ours.txt": one}
    mine = {"b.txt": (b"2\nmine\n", False), "mine.txt": (b"mine\n", True), "ours.txt": one}
    theirs = {"b.txt": (b"1\n2\n3\n", False), "deleted.txt": one, "ours.txt": two, "new.txt": two}
    after = {"b.txt": (b"2\n3\nmine\n", False), "mine.txt": (b"mine\n", True),
             "ours.txt": two, "new.txt": two}  # fmt: skip
    for path, (content, executable) in after.items():
        (tmp_path / path).write_bytes(content)
        (tmp_path / path).chmod(0o755 if executable else 0o644)
    commit_all(tmp_path)
    assert_nothing_lost(before, mine, tmp_path, theirs)
    damage(tmp_path)
    with pytest.raises(AssertionError, match=complaint):
        assert_nothing_lost(before, mine, tmp_path, theirs)
