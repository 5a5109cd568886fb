"""What parses, fuzzed in a rendered project: a little on each push, for minutes with --all."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Environment, Render
from tests.tools import interpreters

INSIDE = Path(__file__).with_name("inside")


@pytest.mark.parametrize("examples", [20, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["parsers", "settings"])
def test_whatever_comes_in(
    render: Render, environment: Environment, tmp_path: Path, name: str, examples: int
) -> None:
    project = render(sign_in="sessions")
    shutil.copytree(INSIDE, project / "tests" / "fuzz")
    python = environment(min(interpreters().items())[1])
    libraries = tmp_path / "libraries"
    install = ["uv", "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*install, "--target", str(libraries), "hypothesis>=6.155"], check=True)
    outcome = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/fuzz/test_{name}.py"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(libraries), "FUZZ_EXAMPLES": str(examples)},
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
