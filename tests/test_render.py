"""Answers in every combination of three render a project whose every file is sound."""

import re
import shutil
import tomllib
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_copie.plugin import Copie

from tests.answers import CHOICES, SIZES, STRATEGIES, pairwise, together
from tests.conftest import Render
from tests.history import some_each_push
from tests.soundness import assert_sound
from tests.tools import files

Gated = Callable[..., dict[str, Any]]

# What a combination adds to the project, and what all have.
CONDITIONAL: dict[str, Callable[[dict[str, Any]], bool]] = {
    "LICENSE": lambda answers: answers["license"] != "none",
    "Dockerfile": lambda answers: answers["dockerfile"],
    ".dockerignore": lambda answers: answers["dockerfile"],
    ".github/workflows/ci.yml": lambda answers: answers["ci"] == "github",
    ".github/workflows/update.yml": lambda answers: answers["ci"] == "github",
    ".gitlab-ci.yml": lambda answers: answers["ci"] == "gitlab",
    "app/frontend/404.html": lambda answers: answers["not_found_page"],
    "tests/test_not_found.py": lambda answers: answers["not_found_page"],
}
OF_SESSIONS = ("app/users.py", "app/kit/sessions/session.py", "docs/sign-in.md")


def assert_no_jinja_left(project: Path) -> None:
    for path, content in files(project).items():
        # ${{ }} is GitHub's, and docs/cookies.md shows a template; no answer here holds braces.
        ours = content.replace(b"{{ chapter }}", b"")
        left = re.search(rb"(?<!\$)\{\{|\{%|\{#|%\}|#\}", ours)
        assert left is None, f"{path}: {left}"


def what_the_gates_read(project: Path) -> dict[str, Any]:
    """Return the files that they read; of pyproject.toml, all but for which Python it is.

    That reaches nothing but the targets of ruff and mypy, which test_gates.py varies.
    """
    configuration = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    for name in ("authors", "license", "license-files", "requires-python"):
        configuration["project"].pop(name, None)
    unread = {"README.md", "AGENTS.md", ".copier-answers.yml", *CONDITIONAL}
    return {
        path: text
        for path, text in files(project).items()
        if path not in unread and not path.startswith("docs/")
    } | {"pyproject.toml": configuration}


@pytest.fixture(scope="module")
def gated(render_once: Render) -> Gated:
    """Return what the gates of test_gates.py read in a project that they run in."""

    @cache
    def gated(strategy: str, size: str) -> dict[str, Any]:
        answers = {"cookie_strategy": strategy, "sign_in": size}
        return what_the_gates_read(render_once(f"{strategy} {size}", **answers))

    return gated


# Each night every three choices together: no file hangs on more of them.
@pytest.mark.parametrize("answers", some_each_push(together(3), pairwise()))
def test_answers_that_are_combined_render(
    copie: Copie, template: Path, gated: Gated, answers: dict[str, Any]
) -> None:
    extra = {"project_name": "My App", "user_name": "Ada", "user_email": "a@b.example", **answers}
    result = copie.copy(extra_answers=extra, template_dir=template)
    assert result.exception is None, result.exception
    assert result.answers.items() >= extra.items()
    project = result.project_dir
    assert project is not None
    assert_sound(project)
    assert_no_jinja_left(project)
    for path, wanted in CONDITIONAL.items():
        assert (project / path).exists() == wanted(answers), path
    for path in OF_SESSIONS:
        assert (project / path).exists() == (answers["sign_in"] != "none"), path
    for path in ("app/main.py", "app/routes/example.py", "tests/kit/browser.py", "README.md"):
        assert (project / path).is_file()
    assert what_the_gates_read(project) == gated(answers["cookie_strategy"], answers["sign_in"])
    metadata = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["requires-python"] == f">={answers['python_version']}"


def test_the_pairwise_set_leaves_out_no_pair() -> None:
    chosen = pairwise()
    for one, two in combinations(CHOICES, 2):
        pairs = {(answers[one], answers[two]) for answers in chosen}
        assert len(pairs) == len(CHOICES[one]) * len(CHOICES[two])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rendering_twice_gives_the_same_bytes(render: Render, strategy: str) -> None:
    first = render("first", cookie_strategy=strategy)
    second = render("second", cookie_strategy=strategy)
    assert files(first) == files(second)
    before = files(first)
    render("first", cookie_strategy=strategy)
    assert files(first) == before


@pytest.mark.parametrize("size", SIZES)
def test_the_strategies_differ_in_the_path_operations_and_what_is_said_of_them(
    render: Render, size: str
) -> None:
    temporal, direct = (
        files(render(each, cookie_strategy=each, sign_in=size)) for each in STRATEGIES
    )
    differing = {path for path in temporal | direct if temporal.get(path) != direct.get(path)}
    assert {path for path in differing if not path.startswith("app/routes/")} == {
        ".copier-answers.yml",
        "AGENTS.md",
        "README.md",
        "docs/cookies.md",
        "docs/updates.md",
        "tests/routes/test_example.py",
    }
    assert direct.keys() == temporal.keys()


def test_python_in_the_template_is_plain_python(template: Path) -> None:
    for path in (template / "template").rglob("*.py"):
        assert not re.search(r"\{\{|\{%", path.read_text("utf-8")), path


@pytest.mark.parametrize(
    ("path", "damage"),
    [
        ("pyproject.toml", 'description = "a "quote""\n'),
        (".copier-answers.yml", "a: [\n"),
        ("app/main.py", "def:\n"),
        (".env.example", "A='\n"),
        ("README.md", "[nowhere](nowhere.md)\n"),
        ("app/main.py", "\n\n"),
        ("app/main.py", "a = 1"),
        ("app/main.py", "a = 1\r\n"),
    ],
)
def test_negative_control_a_broken_file_is_noticed(render: Render, path: str, damage: str) -> None:
    project = render()
    assert_sound(project)
    with (project / path).open("a", newline="") as file:
        file.write(damage)
    with pytest.raises((AssertionError, ValueError, SyntaxError, yaml.YAMLError)):
        assert_sound(project)


def test_negative_control_a_render_that_differs_each_time_is_noticed(
    render: Render, template: Path, tmp_path: Path
) -> None:
    random = shutil.copytree(template, tmp_path / "template")
    (random / "template" / "random.txt.jinja").write_text("{{ 999999999999 | ans_random }}\n")
    first, second = (files(render(each, template=random)) for each in ("first", "second"))
    assert {path for path in first if first[path] != second[path]} == {"random.txt"}


def test_negative_control_left_over_jinja_is_noticed(render: Render) -> None:
    project = render()
    assert_no_jinja_left(project)
    (project / "app" / "frontend" / "style.css").write_text("{{ project_name }}")
    with pytest.raises(AssertionError):
        assert_no_jinja_left(project)
