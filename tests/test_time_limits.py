"""Every test has a time limit: one that hangs ends, and is named."""

import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.answers import ROOT
from tests.conftest import Environment, Render
from tests.gates import OLDEST

HANGS = """
import threading


def test_that_hangs() -> None:
    threading.Event().wait()
"""


def options(folder: Path) -> dict[str, object]:
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    found: dict[str, object] = project["tool"]["pytest"]["ini_options"]
    return found


@pytest.mark.parametrize("size", ["none", "sessions"])
def test_a_test_of_a_rendered_project_has_a_minute(render: Render, size: str) -> None:
    project = render(sign_in=size)
    assert options(project)["faulthandler_timeout"] == 60


def test_a_test_that_hangs_ends_and_is_named(render: Render, environment: Environment) -> None:
    project = render()
    (project / "tests" / "test_hangs.py").write_text(HANGS)
    python = environment(OLDEST)
    command = [str(python), "-m", "pytest", "-o", "faulthandler_timeout=1", "tests/test_hangs.py"]
    outcome = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60)
    assert outcome.returncode == 1
    assert "test_that_hangs" in outcome.stderr


def test_these_tests_have_a_limit_too() -> None:
    assert int(str(options(ROOT)["faulthandler_timeout"])) <= 20 * 60
    assert options(ROOT)["faulthandler_exit_on_timeout"]
