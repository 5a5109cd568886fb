"""A rendered project that is served as its own documentation says."""

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.conftest import Environment, Render
from tests.gates import OLDEST
from tests.tools import running

CREDENTIALS = json.dumps({"username": "ada", "password": "correct horse battery staple"})
# With parameters that take no time.
USERS = json.dumps({"ada": PasswordHasher(1, 8, 1).hash("correct horse battery staple")})

Serve = Callable[..., AbstractContextManager[int]]


@pytest.fixture(scope="session")
def project(render_once: Render) -> Path:
    project = render_once("served", sign_in="sessions", cookie_strategy="direct")
    shutil.copy(Path(__file__).parent / "inside" / "probed.py", project)
    return project


def production_command(project: Path) -> list[str]:
    """Return the image's command, which listens on any free port of this machine only."""
    [command] = re.findall("^CMD (.*)$", (project / "Dockerfile").read_text(), re.MULTILINE)
    words = shlex.split(command)[1:]  # behind exec
    for option, value in (("--host", "127.0.0.1"), ("--port", "0")):
        words[words.index(option) + 1] = value
    assert words[:2] == ["uvicorn", "app.main:app"]
    return ["uvicorn", "probed:app", *words[2:]]


@pytest.fixture
def serve(project: Path, environment: Environment, tmp_path: Path) -> Serve:
    """Run the app in production; yield its port."""

    @contextmanager
    def serve(*options: str, **variables: str) -> Iterator[int]:
        variables = {
            "SESSION_STORE": f"sqlite:///{tmp_path}/sessions.db",
            "USERS": USERS,
            "WEBSOCKETS_MAX_LINE_LENGTH": "65536",
        } | variables
        command: list[str | Path] = [environment(OLDEST), "-m", *production_command(project)]
        command += options
        with running(command, "running on", cwd=project, env=variables) as line:
            yield int(line.partition("127.0.0.1:")[2].split()[0])

    return serve
