"""The laws of `copier update`, from every release so far to the work tree.

An update of an untouched project is a fresh copy. An update of an edited one keeps the edits, or
shows a conflict. Copier runs in-process, without trust; where the way in matters, its command line.
"""

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import copier
import pytest

from tests.answers import (
    CHOICES,
    QUESTIONS,
    STRATEGIES,
    VALUES,
    combined,
    is_possible,
    label,
    pairwise,
)
from tests.commands import commands_of_the_answers_file, copy, run, typed
from tests.conftest import Copies, Environment
from tests.edits import (
    ANSWERS,
    Project,
    add_an_executable,
    assert_nothing_lost,
    commit_a_lock_file,
    edit,
    edit_near,
    state,
    unmerged,
)
from tests.gates import GATES, OLDEST, assert_passes
from tests.history import (
    NEXT,
    VERSIONS,
    WORK_TREE,
    each_push,
    publish_the_next,
    releases,
    some_each_push,
    take_updates_from,
    update,
)
from tests.readme import add_the_cookie_of_the_readme
from tests.tools import COPIER, change, commit_all, git, tree

pytestmark = pytest.mark.usefixtures("quick_copier")

OTHER = dict(zip(STRATEGIES, reversed(STRATEGIES), strict=True))


def split(chosen: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the release that a project starts from, and its answers."""
    return chosen["release"], {name: chosen[name] for name in CHOICES}


# Every release with every choice, and every two choices together: it grows slowly.
FROM_RELEASES = pairwise(release=VERSIONS)


def switches() -> list[dict[str, Any]]:
    """Return changes of one answer: from the last release, all that there are.

    From the others, one of each question, in turn: what git makes of it is the same.
    """
    found = []
    for number, version in enumerate(VERSIONS):
        for name in QUESTIONS:
            pairs = [
                {"release": version, "question": name, "first": first, "second": second}
                for first, second in combinations(VALUES[name], 2)
                if is_possible({"release": version, name: first})
            ]
            one = slice(number % len(pairs), number % len(pairs) + 1) if pairs else slice(0)
            found += pairs if version == VERSIONS[-1] else pairs[one]
    return found


SWITCHES = switches()


@pytest.mark.parametrize("chosen", each_push(FROM_RELEASES))
def test_an_untouched_project_becomes_a_fresh_copy_and_then_nothing_changes(
    start: Copies, fresh: Copies, chosen: dict[str, Any]
) -> None:
    version, answers = split(chosen)
    project = start(version, **answers)
    expected = tree(fresh(WORK_TREE, since=version, **answers))
    gone = tree(project).keys() - expected.keys()
    assert not gone, "an update deletes them, edits and all: see CONTRIBUTING.md"
    update(project)
    assert tree(project) == expected
    update(project)
    assert tree(project) == expected
    copier.run_recopy(project, vcs_ref=WORK_TREE, defaults=True, overwrite=True, quiet=True)
    assert tree(project) == expected


@pytest.mark.parametrize(
    "chosen", each_push([each for each in FROM_RELEASES if each["release"] != VERSIONS[-1]])
)
def test_a_stop_at_the_release_between_changes_nothing(
    start: Copies, fresh: Copies, chosen: dict[str, Any]
) -> None:
    """With the test above, and release by release, any path leads to the same project."""
    version, answers = split(chosen)
    project = start(version, **answers)
    between = VERSIONS[VERSIONS.index(version) + 1]
    update(project, between)
    assert tree(project) == tree(fresh(between, since=version, **answers))
    update(project)
    assert tree(project) == tree(fresh(WORK_TREE, since=version, **answers))


# What brings other files or another strategy; the others only change lines.
SWITCHED_EACH_PUSH = [
    chosen
    for chosen in SWITCHES
    if chosen["release"] == VERSIONS[-1]
    and chosen["question"] in {"cookie_strategy", "dockerfile", "sign_in"}
]


def both(chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answers before and after a switch, which differ in one."""
    # What Copier would compute from another answer, or from the date, stays.
    fixed = {"project_slug": "my-app", "copyright_year": "2026"}
    return [fixed | {chosen["question"]: chosen[each]} for each in ("first", "second")]


def make_room(project: Path, old: Path, new: Path) -> None:
    """Delete what another answer does not bring: no update does that for an owner."""
    gone = state(project).keys() & state(old).keys() - state(new).keys()
    for path in gone:
        (project / path).unlink()
    if gone:
        commit_all(project, "Delete what the other answer does not bring")


@pytest.mark.parametrize("chosen", some_each_push(SWITCHES, SWITCHED_EACH_PUSH))
def test_switching_an_answer_with_an_update_and_back_gives_fresh_copies(
    start: Copies, fresh: Copies, chosen: dict[str, Any]
) -> None:
    """Fresh copies pass the rendered tests: test_gates.py runs them for each strategy."""
    first, second = both(chosen)
    project = start(chosen["release"], **first)
    old = fresh(chosen["release"], **first)
    for answers in (second, first):
        new = fresh(WORK_TREE, since=chosen["release"], **answers)
        make_room(project, old, new)
        update(project, **answers)
        assert state(project) == state(new)
        old = new


@pytest.mark.parametrize("chosen", each_push(FROM_RELEASES))
def test_an_update_loses_no_edit(start: Copies, fresh: Copies, chosen: dict[str, Any]) -> None:
    version, answers = split(chosen)
    project = start(version, **answers)
    print(edit(project, Random(label(chosen))))
    mine = state(project)
    commit_all(project, "Edit")
    update(project)
    before, theirs = (state(fresh(each, since=version, **answers)) for each in (version, WORK_TREE))
    assert_nothing_lost(before, mine, project, theirs)


@pytest.mark.parametrize("chosen", some_each_push(SWITCHES, SWITCHED_EACH_PUSH))
def test_switching_an_answer_there_and_back_loses_no_edit(
    start: Copies, fresh: Copies, chosen: dict[str, Any]
) -> None:
    random = Random(label(chosen))
    first, second = both(chosen)
    project = start(chosen["release"], **first)
    print(edit(project, random))
    commit_all(project, "Edit")
    old = fresh(chosen["release"], **first)
    for answers in (second, first):
        new = fresh(WORK_TREE, since=chosen["release"], **answers)
        make_room(project, old, new)
        mine = state(project)
        update(project, **answers)
        assert_nothing_lost(state(old), mine, project, state(new))
        resolve(project, random)
        old = new


def resolve(project: Path, random: Random) -> None:
    """Resolve each conflict as one of its sides."""
    for path in sorted(unmerged(project)):
        git(project, "checkout", random.choice(["--ours", "--theirs"]), "--", path)
    if git(project, "status", "--porcelain"):
        commit_all(project, "Resolve")


# Where nothing changed since the last release, the other strategy is what is new.
MEETINGS = combined(release=VERSIONS, conflict=["inline", "rej"], cookie_strategy=STRATEGIES)


@pytest.mark.parametrize("chosen", each_push(MEETINGS))
def test_edits_that_meet_the_templates_are_merged_or_shown_on_the_command_line(
    start: Copies, fresh: Copies, chosen: dict[str, Any]
) -> None:
    version, strategy = chosen["release"], chosen["cookie_strategy"]
    project = start(version, cookie_strategy=strategy)
    before = fresh(version, cookie_strategy=strategy)
    theirs = fresh(WORK_TREE, since=version, cookie_strategy=OTHER[strategy])
    random = Random(label(chosen))
    print(edit(project, random))
    over, near = (edit_near(project, before, theirs, random, gap) for gap in (0, 2))
    mine = state(project)
    commit_all(project, "Edit")
    data = ["--data", f"cookie_strategy={OTHER[strategy]}", "--conflict", chosen["conflict"]]
    outcome = run([*COPIER, "update", "--defaults", *data], project)
    assert outcome.returncode == 0, outcome.stderr
    assert_nothing_lost(state(before), mine, project, state(theirs))
    if chosen["conflict"] == "inline":
        assert over in unmerged(project)
        assert near not in unmerged(project)
    else:
        untracked = git(project, "status", "--porcelain")
        assert all(f"?? {path}.rej\n" in untracked for path in (over, near))


def rename_what_will_change(project: Path, paths: set[str]) -> None:
    for path in paths:
        (project / path).rename((project / path).with_name(f"mine_{Path(path).name}"))


def move_a_folder(project: Path, paths: set[str]) -> None:
    """Move the one in which most will change."""
    folder = Counter(Path(path).parts[0] for path in paths if "/" in path).most_common(1)[0][0]
    (project / "src").mkdir()
    (project / folder).rename(project / "src" / folder)


@pytest.mark.parametrize("move", [rename_what_will_change, move_a_folder])
@pytest.mark.parametrize(
    "version", [pytest.param(VERSIONS[0], marks=pytest.mark.slow), VERSIONS[-1]]
)
def test_what_the_owner_renamed_or_moved_stays_there_as_it_is(
    start: Copies, fresh: Copies, version: str, move: Callable[[Path, set[str]], None]
) -> None:
    project = start(version, cookie_strategy="temporal")
    before = state(fresh(version, cookie_strategy="temporal"))
    theirs = state(fresh(WORK_TREE, since=version, cookie_strategy="direct"))
    move(project, {path for path in before if before[path] != theirs[path]} - {ANSWERS})
    mine = state(project)
    assert mine.keys() - before.keys()
    commit_all(project, "Move")
    update(project, cookie_strategy="direct")
    assert unmerged(project) == set()
    # Neither a change in the new place nor the old file again: only what is new to all.
    assert_nothing_lost(before, mine, project, theirs)
    assert state(project).keys() - mine.keys() == theirs.keys() - before.keys()


@pytest.mark.parametrize(
    "chosen", each_push(combined(release=VERSIONS, cookie_strategy=STRATEGIES))
)
def test_positive_control_an_edit_where_the_template_changed_is_a_conflict(
    history: Path, start: Copies, tmp_path: Path, chosen: dict[str, Any]
) -> None:
    version, strategy = chosen["release"], chosen["cookie_strategy"]
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
    for package in (next_template / "template").glob("**/app/routes/__init__.py"):
        change(package, "    preferences,\n", "    offers,\n    preferences,\n")
        change(
            package, "    preferences.router,\n", "    offers.router,\n    preferences.router,\n"
        )
    publish_the_next(next_template)
    take_updates_from(next_template, history, project)
    update(project, NEXT)
    assert unmerged(project) == set()
    routers = (project / "app" / "routes" / "__init__.py").read_text("utf-8")
    assert routers.count("offers") == routers.count("currency") == 2


def edit_apart(project: Path) -> None:
    """Edit what users edit, where no release changed anything since."""
    with (project / "app" / "cookies.py").open("a") as file:
        file.write('\n\nMINE = Cookie("mine", str, purpose="Mine.")\n')
    change(project / "app" / "cookies.py", "le=200", "le=300")
    change(project / "README.md", "## Run it\n", "Mine.\n\n## Run it\n")
    change(project / "pyproject.toml", 'version = "0.1.0"', 'version = "1.0.0"')
    change(project / "app" / "frontend" / "style.css", "line-height: 1.5;", "line-height: 1.6;")
    (project / "AGENTS.md").unlink()
    commit_a_lock_file(project, Random(0))
    add_an_executable(project, Random(0))


@pytest.mark.parametrize(
    "chosen", each_push(combined(release=VERSIONS, cookie_strategy=STRATEGIES))
)
def test_an_edited_project_that_updates_cleanly_passes_its_tests_lint_and_types_at_once(
    start: Copies, fresh: Copies, environment: Environment, chosen: dict[str, Any]
) -> None:
    version, strategy = chosen["release"], chosen["cookie_strategy"]
    project = start(version, cookie_strategy=strategy)
    edit_apart(project)
    mine = state(project)
    commit_all(project, "Edit")
    update(project)
    assert unmerged(project) == set()
    before, theirs = (
        fresh(each, since=version, cookie_strategy=strategy) for each in (version, WORK_TREE)
    )
    assert_nothing_lost(state(before), mine, project, state(theirs))
    assert_passes(project, environment(OLDEST), GATES)


@pytest.mark.parametrize(
    "chosen",
    each_push(
        combined(
            release=[VERSIONS[0], VERSIONS[-1]],
            source=["path", "url"],
            tags=["tagged", "untagged"],
            cookie_strategy=STRATEGIES,
        )
    ),
)
def test_what_a_user_types_updates_from_the_release_of_that_time(
    history: Path, fresh: Copies, tmp_path: Path, chosen: dict[str, Any]
) -> None:
    version, strategy = chosen["release"], chosen["cookie_strategy"]
    tagged = chosen["tags"] == "tagged"
    # The repository as it was then, with what was tagged by then.
    published = tmp_path / "the template"
    git(tmp_path, "clone", "--quiet", "--no-tags", str(history), str(published))
    git(published, "checkout", "--quiet", "-B", "main", releases()[version])
    source = f"git+{published.as_uri()}" if chosen["source"] == "url" else str(published)
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
    before, theirs = (
        state(fresh(each, since=version, cookie_strategy=strategy)) for each in (version, WORK_TREE)
    )
    assert_nothing_lost(before, mine, project, theirs)


# What a project was and became: both edited b.txt apart, and the same line of c.txt.
SIX = b"1\n2\n3\n4\n5\n6\n"
BOTH = b"<<<<<<< before updating\nmine\n=======\nours\n>>>>>>> after updating\n"
TEXTS = {
    # path: (before, the owner's, the template's, after)
    "b.txt": (SIX, b"mine\n" + SIX, SIX + b"7\n", b"mine\n" + SIX + b"7\n"),
    "c.txt": (b"1\n", b"mine\n", b"ours\n", BOTH),
    "deleted.txt": (SIX, None, b"7\n", None),
    "gone.txt": (SIX, SIX, None, None),
    "mine.txt": (None, b"mine\n", None, b"mine\n"),
    "new.txt": (None, None, b"2\n", b"2\n"),
    "ours.txt": (b"1\n", b"1\n", b"2\n", b"2\n"),
}


def made_up(folder: Path) -> tuple[Project, Project, Path, Project]:
    """Write what a right update leaves behind, as git shows it."""
    sides: list[Project] = [
        {path: (each[side], False) for path, each in TEXTS.items() if each[side] is not None}  # type: ignore[misc]
        for side in range(4)
    ]
    before, mine, theirs, after = sides
    for path, (content, _) in after.items():
        (folder / path).write_bytes(content)
    commit_all(folder)
    blobs = []
    for side in sides[:3]:
        (folder / "blob").write_bytes(side["c.txt"][0])
        blobs.append(git(folder, "hash-object", "-w", "blob").strip())
    (folder / "blob").unlink()
    entries = [f"100644 {blob} {number}\tc.txt" for number, blob in enumerate(blobs, start=1)]
    index = "\n".join([f"0 {'0' * 40}\tc.txt", *entries])
    command = ["git", "update-index", "--index-info"]
    subprocess.run(command, cwd=folder, input=index, text=True, check=True)
    return before, mine, folder, theirs


def put(path: str, content: bytes) -> Callable[[Path], object]:
    return lambda after: (after / path).write_bytes(content)


def reject(*lines: str) -> Callable[[Path], object]:
    """Show the conflict in c.txt as a reject, with the template's side in the file."""

    def damage(after: Path) -> None:
        git(after, "add", "c.txt")
        (after / "c.txt").write_text("ours\n")
        (after / "c.txt.rej").write_text("\n".join(lines))

    return damage


REJECT = ("diff a/c.txt b/c.txt\t(rejected hunks)", "@@ -1 +1 @@", "-1", "+mine", "")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    {
        "only the owner's side": (put("b.txt", b"mine\n" + SIX), "b.txt is not what"),
        "only the template's side": (put("b.txt", SIX + b"7\n"), "b.txt is not what"),
        "shuffled": (put("b.txt", SIX + b"mine\n7\n"), "b.txt is not what"),
        "twice": (put("b.txt", b"mine\n" * 2 + SIX + b"7\n"), "b.txt is not what"),
        "conflict where none is": (put("b.txt", BOTH), "b.txt is not what"),
        "half a conflict": (put("c.txt", BOTH[:31]), "c.txt is not what"),
        "conflict taken as the owner's": (put("c.txt", b"mine\n"), "c.txt is not what"),
        "conflict that git does not know": (lambda after: git(after, "add", "."), "git does not"),
        "reject that is empty": (reject(), "c.txt lost"),
        "reject of another line": (reject(*REJECT[:3], "+other", ""), "c.txt lost"),
        "reject of a clean merge": (put("b.txt.rej", b"\n"), "b.txt lost"),
        "reject of a new file": (put("new.txt.rej", b"\n"), "new.txt has a reject"),
        "reject of no file": (put("d.txt.rej", b"\n"), "reject parts of no file"),
        "deleted again": (put("deleted.txt", b"7\n"), "deleted.txt is back"),
        "old file left": (put("gone.txt", SIX), "gone.txt is back"),
        "owner's file gone": (lambda after: (after / "mine.txt").unlink(), "mine.txt is gone"),
        "owner's file changed": (put("mine.txt", b"ours\n"), "mine.txt is not what"),
        "owner's mode": (lambda after: (after / "mine.txt").chmod(0o755), "mine.txt is not"),
        "new file missing": (lambda after: (after / "new.txt").unlink(), "new.txt is gone"),
        "not updated": (put("ours.txt", b"1\n"), "ours.txt is not what"),
        "template's mode": (lambda after: (after / "ours.txt").chmod(0o755), "ours.txt is not"),
        "nobody's": (put("other.txt", b"1\n"), "other.txt is back, or nobody"),
    }.values(),
)
def test_negative_control_a_lost_edit_is_noticed(
    tmp_path: Path, damage: Callable[[Path], object], complaint: str
) -> None:
    project = made_up(tmp_path)
    assert_nothing_lost(*project)
    damage(tmp_path)
    with pytest.raises(AssertionError, match=complaint):
        assert_nothing_lost(*project)


def test_a_reject_shows_both_sides_too(tmp_path: Path) -> None:
    project = made_up(tmp_path)
    reject(*REJECT)(tmp_path)
    assert_nothing_lost(*project)


def test_negative_control_a_real_update_that_keeps_one_side_is_noticed(
    start: Copies, fresh: Copies
) -> None:
    old, new = (fresh(WORK_TREE, cookie_strategy=strategy) for strategy in STRATEGIES)
    before, theirs = state(old), state(new)
    project = start(WORK_TREE, cookie_strategy="temporal")
    path = edit_near(project, old, new, Random(0), 2)
    mine = state(project)
    commit_all(project, "Edit")
    update(project, cookie_strategy="direct")
    assert_nothing_lost(before, mine, project, theirs)
    merged = (project / path).read_bytes()
    shuffled = b"".join(sorted(merged.splitlines(keepends=True)))
    for content in (mine[path][0], theirs[path][0], shuffled):
        (project / path).write_bytes(content)
        with pytest.raises(AssertionError, match=f"{path} is not what a three-way merge"):
            assert_nothing_lost(before, mine, project, theirs)
