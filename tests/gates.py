"""What the CI of a rendered project runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.tools import do_without, interpreters

# What the rendered CI runs.
GATES: dict[str, list[str]] = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "tests": ["pytest", "-q"],
}
STATIC_GATES = ["lint", "format", "types"]
OLDEST = interpreters()[min(interpreters())]


def gate(name: str, project: Path, python: Path) -> subprocess.CompletedProcess[str]:
    return run_in(GATES[name], project, python)


def run_in(
    command: list[str], project: Path, python: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    if command == GATES["types"] and "MYPY_CACHE_DIR" not in variables:
        variables["MYPY_CACHE_DIR"] = str(mypy_cache(project, python))
    return subprocess.run(
        [python, "-m", *command],
        cwd=project,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )


def mypy_cache(project: Path, python: Path) -> Path:
    """Return where mypy keeps what it learnt of the libraries, in this process of xdist.

    That takes it long. So it learns once, for all processes: each begins with a copy.
    """
    [target] = re.findall(
        r'^requires-python = ">=(.*)"$', (project / "pyproject.toml").read_text("utf-8"), re.M
    )
    learnt = python.parent.parent / f"mypy-{target}"
    mine = learnt.with_name(f"{learnt.name}-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    if not mine.exists():
        with learnt.with_name(f"{learnt.name}.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if not learnt.exists():
                learnt.mkdir()
                run_in(GATES["types"], project, python, MYPY_CACHE_DIR=str(learnt))
        shutil.copytree(learnt, mine)
    return mine


def assert_passes(project: Path, python: Path, gates: Iterable[str] = GATES) -> None:
    for name in gates:
        outcome = gate(name, project, python)
        assert outcome.returncode == 0, f"{name}:\n{outcome.stdout}{outcome.stderr}"


def pyright(project: Path, python: Path) -> subprocess.CompletedProcess[str]:
    """Run Pyright as an editor does: with its defaults, on all that is there."""
    command = [sys.executable, "-m", "pyright"]
    environment = os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    options: dict[str, Any] = {"env": environment, "capture_output": True, "text": True}
    if subprocess.run([*command, "--version"], **options).returncode:
        do_without("Pyright is missing: uv run pyright --version fetches it from npm")
    return subprocess.run([*command, "--pythonpath", python], cwd=project, **options)


@contextmanager
def own_environment_of(project: Path) -> Iterator[Path]:
    """Return the Python of an environment with what this project depends on."""
    with TemporaryDirectory() as folder:
        subprocess.run(
            ["uv", "sync", "--quiet", "--python", OLDEST],
            cwd=project,
            env=os.environ | {"UV_PROJECT_ENVIRONMENT": folder},
            check=True,
        )
        yield Path(folder) / "bin" / "python"
