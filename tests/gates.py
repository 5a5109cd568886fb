"""What the CI of a rendered project runs."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.tools import interpreters

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


def run_in(command: list[str], project: Path, python: Path) -> subprocess.CompletedProcess[str]:
    # All projects that one process tests share what mypy learnt of the libraries.
    cache = f"mypy-{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    environment = os.environ | {"MYPY_CACHE_DIR": str(python.parent.parent / cache)}
    return subprocess.run(
        [python, "-m", *command], cwd=project, env=environment, capture_output=True, text=True
    )


def assert_passes(project: Path, python: Path, gates: Iterable[str] = GATES) -> None:
    for name in gates:
        outcome = gate(name, project, python)
        assert outcome.returncode == 0, f"{name}:\n{outcome.stdout}{outcome.stderr}"


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
