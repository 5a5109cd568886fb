"""A change runs the tests that hold what it touches, by a table that leaves out no file."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.answers import ROOT
from tests.conftest import CHOSEN, pytest_collection_modifyitems, pytest_report_header
from tests.tools import commit_all, git, work_tree
from tests.what_runs import (
    ALWAYS,
    EVERYTHING,
    OF_A_PROJECT,
    OF_THIS_REPOSITORY,
    changed_since,
    choose,
    held_by,
    in_a_project,
    is_in,
    matches,
)

FILES = work_tree(ROOT)
TEST_FILES = {
    path for path in FILES if Path(path).match("test_*.py") and path.startswith("tests/")
} - {path for path in FILES if "/inside/" in path}
NAMED = {
    each.removeprefix("!")
    for row in (*OF_A_PROJECT.values(), *OF_THIS_REPOSITORY.values(), *ALWAYS)
    for each in row.split()
}


def test_a_row_knows_each_file() -> None:
    assert [path for path in FILES if held_by(path) is None] == []


def test_each_pattern_is_that_of_a_file() -> None:
    projects = {each for path in FILES if (each := in_a_project(path))}
    others = {path for path in FILES if in_a_project(path) is None}
    # What the kit's files may be called, and the folders to come, need not be there.
    may = {"tests/protections/**", "app/kit/*csrf*.py", "app/kit/*cors*.py"}
    for table, paths in ((OF_A_PROJECT, projects), (OF_THIS_REPOSITORY, others)):
        for pattern in {each for patterns in table for each in patterns.split()} - may:
            assert any(matches(path, pattern) for path in paths), pattern


def test_each_test_that_is_named_is_there_and_each_file_of_tests_is_named() -> None:
    for name in NAMED:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        function, _, case = test.partition("[")
        assert f"def {function}" in (ROOT / path).read_text("utf-8") if test else True, name
        if case.endswith(".py]"):
            assert (ROOT / path).with_name("inside").joinpath(case[:-1]).exists(), name
    assert {path for path in TEST_FILES if path not in (held_by(path) or ())} == set()
    # How pytest is configured here and what runs by hand are no change's but their own.
    parts = NAMED - {EVERYTHING}
    nowhere = {path for path in TEST_FILES if not any(is_in(path, part) for part in parts)}
    assert nowhere == {"tests/test_time_limits.py"}


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("template/{{sessions}}/app/kit/sessions/redis.py",
         "tests/engines/test_engines.py::test_what_only_a_server_shows[test_redis.py]"),
        ("template/{{sessions}}/app/kit/sessions/sqlite.py", "tests/rendered/test_kit.py::a"),
        ("template/app/frontend/page.js", "tests/browsers/test_page.py::test_a[b]"),
        ("template/docs/cookies.md.jinja", "tests/test_lesson.py::test_a"),
        ("template/app/kit/cookie.py", "tests/browsers/test_table.py::test_a"),
        ("template/{{direct}}/app/routes/welcome.py", "tests/test_strategies.py::test_a"),
        ("template/tools/update.py", "tests/test_git_settings.py::test_a"),
        ("template/{{container}}/Dockerfile.jinja", "tests/test_where_it_runs.py::test_a"),
        ("copier.yml", "tests/test_text_answers.py::test_a"),
        ("tests/test_release.py", "tests/test_release.py::test_a"),
    ],
)  # fmt: skip
def test_a_change_runs_what_holds_it_and_what_everything_rests_on(path: str, test: str) -> None:
    chosen = choose([path], "main")
    assert chosen.runs(test, slow="only_a_server" in test)
    assert chosen.runs("tests/test_updates.py::test_a", slow=False)
    assert not chosen.runs("tests/test_updates.py::test_a", slow=True)
    nothing = choose([], "main")
    assert not nothing.runs(test, slow="only_a_server" in test)
    assert nothing.runs("tests/test_gates.py::test_a", slow=False)


def test_a_slow_protection_runs_when_its_file_has_changed() -> None:
    chosen = choose(["template/app/kit/cookie.py"], "main")
    test = "tests/test_protections.py::test_a[b]"
    assert chosen.runs(test, slow=True, guards=["app/kit/cookie.py"])
    assert not chosen.runs(test, slow=True, guards=["app/kit/caching.py"])
    assert not chosen.runs("tests/test_text_answers.py::test_a", slow=False)


@pytest.mark.parametrize("path", ["template/new/file.txt", "somewhere/else.py", "tests/tools.py"])
def test_a_file_that_no_row_knows_or_on_which_all_rests_runs_everything(path: str) -> None:
    chosen = choose(["README.md", path], "main")
    assert chosen.tests == {EVERYTHING}
    assert path in chosen.why


def test_what_is_deleted_renamed_new_or_not_committed_has_changed(tmp_path: Path) -> None:
    for name in ("deleted", "old", "edited", "theirs", "same"):
        (tmp_path / name).write_text(f"{name}\n" * 9)
    commit_all(tmp_path)
    git(tmp_path, "switch", "--quiet", "--create", "mine")
    (tmp_path / "deleted").unlink()
    (tmp_path / "old").rename(tmp_path / "renamed to é")
    commit_all(tmp_path, "Change")
    git(tmp_path, "switch", "--quiet", "main")
    (tmp_path / "theirs").write_text("changed since\n")
    commit_all(tmp_path, "Go on")
    git(tmp_path, "switch", "--quiet", "mine")
    (tmp_path / "edited").write_text("not committed\n")
    (tmp_path / "new").touch()
    expected = ["deleted", "edited", "new", "old", "renamed to é"]
    assert changed_since(tmp_path, "main") == expected


def test_a_base_that_git_does_not_know_runs_everything(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    commit_all(tmp_path)
    for base in ("nowhere", "0" * 40, "--all"):
        assert changed_since(tmp_path, base) is None
        assert choose(None, base).tests == {EVERYTHING}


class Item:
    """A test, as pytest collects it."""

    def __init__(self, nodeid: str, **marks: tuple[str, ...]) -> None:
        self.nodeid, self.marks = nodeid, marks

    def get_closest_marker(self, name: str) -> object:
        return self.marks.get(name)

    def iter_markers(self, name: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(args=self.marks[name])] if name in self.marks else []

    def add_marker(self, name: str) -> None: ...


def test_pytest_takes_the_table_and_says_what_it_runs_and_why() -> None:
    cookie = {"slow": ("",), "guards": ("app/kit/cookie.py",)}
    chosen = [
        Item("tests/test_gates.py::test_a"),
        Item("tests/test_protections.py::a[b]", **cookie),
    ]
    others = [Item("tests/test_release.py::test_a"), Item("tests/test_gates.py::b", slow=("",))]
    left_out: list[Item] = []
    config: Any = SimpleNamespace(
        stash={CHOSEN: choose(["template/app/kit/cookie.py"], "main")},
        option=SimpleNamespace(all=False),
        hook=SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items)),
    )
    items: Any = [*others, *chosen]
    pytest_collection_modifyitems(config, items)
    assert (items, left_out) == (chosen, others)
    told = str(pytest_report_header(config))
    assert told.startswith("Runs what everything rests on, and for 1 file changed since main: ")
    assert "tests/test_protections.py" in told
