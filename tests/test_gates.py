"""A rendered project passes its own tests, lint and types; broken on purpose, it does not."""

from itertools import product

import pytest

from tests.answers import CHOICES, SIZES, STRATEGIES
from tests.conftest import Environment, Render
from tests.gates import OLDEST, STATIC_GATES, assert_passes, gate, pyright, run_in
from tests.tools import change, commit_all, git, interpreters

# A test of test_render.py shows that no other answer reaches what the gates run, and the version
# of Python only reaches ruff and mypy. Each push, each strategy with one end.
EACH_PUSH = {("temporal", CHOICES["python_version"][0]), ("direct", CHOICES["python_version"][-1])}


@pytest.mark.parametrize(
    ("strategy", "python_version"),
    [
        pytest.param(*each, marks=() if each in EACH_PUSH else pytest.mark.slow)
        for each in product(STRATEGIES, CHOICES["python_version"])
    ],
)
def test_each_strategy_passes_lint_and_types_for_each_oldest_python(
    render: Render, environment: Environment, strategy: str, python_version: str
) -> None:
    project = render(cookie_strategy=strategy, python_version=python_version)
    python = environment(OLDEST)
    assert_passes(project, python, STATIC_GATES)
    # What is ours, too, which a project's own ruff leaves out; and no line is too long.
    files = [path.relative_to(project) for path in sorted(project.rglob("*.py"))]
    kit = [str(path) for path in files if path.parts[1] == "kit"]
    others = [str(path) for path in files if path.parts[1] != "kit"]
    for length, some in (("88", kit), ("100", others)):
        for command in (["check", "--extend-select=E501"], ["format", "--check"]):
            options = ["--no-force-exclude", f"--line-length={length}"]
            outcome = run_in(["ruff", *command, *options, *some], project, python)
            assert outcome.returncode == 0, outcome.stdout


# One Python where the machine has one: CI runs these tests on the oldest and on the newest.
@pytest.mark.parametrize(
    ("strategy", "size", "version"),
    [
        ("temporal", "none", min(interpreters())),
        ("direct", "sessions", max(interpreters())),
        pytest.param("temporal", "sessions", min(interpreters()), marks=pytest.mark.slow),
        pytest.param("direct", "none", max(interpreters()), marks=pytest.mark.slow),
    ],
)
def test_the_oldest_and_the_newest_python_of_this_machine_pass_every_gate(
    render: Render, environment: Environment, strategy: str, size: str, version: tuple[int, int]
) -> None:
    project = render(cookie_strategy=strategy, sign_in=size)
    python = environment(interpreters()[version])
    commit_all(project)
    run_in(["ruff", "format"], project, python)
    run_in(["ruff", "check", "--fix"], project, python)
    assert_passes(project, python)
    assert git(project, "status", "--porcelain") == "", "the tools leave the tree clean"
    # Negative control: what is not formatted does not stay as it is.
    with (project / "app" / "main.py").open("a") as main:
        main.write("if not  Path:\n    Path\n")
    commit_all(project, "Break the format")
    run_in(["ruff", "format"], project, python)
    assert git(project, "status", "--porcelain") == " M app/main.py\n"


@pytest.mark.parametrize(
    ("name", "path", "old", "new"),
    [
        ("lint", "app/main.py", "from pathlib import Path", "import os\nfrom pathlib import Path"),
        ("format", "app/main.py", "from pathlib import Path", "from pathlib  import Path"),
        ("types", "app/main.py", "create_app(load_settings())", "create_app(1)"),
        ("tests", "app/cookies.py", '"fakesession"', '"session"'),
    ],
)
def test_negative_control_each_gate_fails_on_what_it_is_for(
    render: Render,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    path: str,
    old: str,
    new: str,
) -> None:
    project, python = render(), environment(OLDEST)
    change(project / path, old, new)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--exitfirst --ignore=tests/kit")  # One is enough.
    assert gate(name, project, python).returncode == 1


# Half a minute of processor time each.
@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("size", SIZES)
def test_an_editor_that_runs_pyright_underlines_nothing(
    render: Render, environment: Environment, strategy: str, size: str
) -> None:
    project = render(cookie_strategy=strategy, sign_in=size)
    outcome = pyright(project, environment(OLDEST))
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.slow
def test_negative_control_pyright_sees_what_an_app_passes_to_the_kit(
    render: Render, environment: Environment
) -> None:
    project = render()
    change(project / "app" / "main.py", "protect(app, settings)", "protect(app, 1)")
    outcome = pyright(project, environment(OLDEST))
    assert outcome.returncode == 1, outcome.stdout
    assert "app/main.py" in outcome.stdout
