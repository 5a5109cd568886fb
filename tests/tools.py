"""git, Copier, Python interpreters, servers and browsers, as the tests use them."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Playwright

COPIER = [sys.executable, "-m", "copier"]
OLDEST = (3, 11)


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def work_tree(folder: Path) -> list[str]:
    """Return the files of a work tree that git tracks or would add, relative to it."""
    listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [path for path in listed.split("\0") if path and (folder / path).is_file()]


def commit_all(folder: Path, message: str = "Start") -> None:
    if not any((each / ".git").exists() for each in (folder, folder.parent)):
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={message}")


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a rendered project, by their paths."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def tree(folder: Path) -> dict[str, tuple[bytes, bool] | None]:
    """Return all that `diff -r` would compare, and who may be executed; None for a folder."""
    return {
        path.relative_to(folder).as_posix(): (
            None if path.is_dir() else (path.read_bytes(), os.access(path, os.X_OK))
        )
        for path in folder.rglob("*")
        if ".git" not in path.relative_to(folder).parts
    }


@cache
def interpreters() -> dict[tuple[int, int], Path]:
    """Return the Python interpreters of this machine that a project can run on, by version.

    Those on the PATH and, because pyenv hides all but the chosen one, those of pyenv.
    """
    names = [f"python3.{minor}" for minor in range(OLDEST[1], 20)]
    candidates = [Path(sys.executable), *(Path(p) for n in names if (p := shutil.which(n)))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [each for each in candidates if each.parent != pyenv / "shims"]
    candidates += sorted(pyenv.glob("versions/3.*/bin/python3"))
    ask = "import json, sys; print(json.dumps([*sys.version_info[:2], sys._base_executable]))"
    found: dict[tuple[int, int], Path] = {}
    for candidate in candidates:
        answer = subprocess.run([candidate, "-c", ask], capture_output=True, text=True)
        if answer.returncode == 0:
            major, minor, executable = json.loads(answer.stdout)
            if (major, minor) >= OLDEST:
                found.setdefault((major, minor), Path(executable))
    return dict(sorted(found.items()))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], says: str, **options: Any) -> Iterator[str]:
    """Run a server until it prints a line that matches `says`; yield that line; end it.

    It says so when it serves: there is no need to wait and try. With `env`, the server has those
    variables, too.
    """
    options["env"] = os.environ | options.get("env", {})
    with (
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **options,
        ) as server,
        ThreadPoolExecutor(1) as reading,
    ):
        try:
            assert server.stdout is not None
            printed = line = ""
            while not re.search(says, line):
                line = server.stdout.readline()
                printed += line
                assert line, f"the server ended: {printed}"
            # Or the server waits as soon as its log fills the pipe.
            reading.submit(server.stdout.read)
            yield line
        finally:
            os.killpg(server.pid, signal.SIGTERM)


@contextmanager
def serving(project: Path, python: Path, *command: str, **environment: str) -> Iterator[int]:
    """Run `fastapi COMMAND` in a project until it answers; yield its port; end it.

    The server picks its port: one that was free a moment ago may be somebody else's by now.
    """
    fastapi: list[str | Path] = [python, "-m", "fastapi", *command, "--port", "0"]
    with running(fastapi, "Uvicorn running on", cwd=project, env=environment) as line:
        yield int(line.partition("://")[2].partition(":")[2].split()[0])


def chromium_executable(playwright: Playwright) -> str:
    """Return the Chromium of this machine. Without one, say how to get one, and skip the test."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = [path for name in names if (path := shutil.which(name))]
    executable = [*found, playwright.chromium.executable_path][0]
    if not Path(executable).exists():
        do_without("Chromium is missing: uv run playwright install --with-deps chromium")
    return executable


def do_without(reason: str) -> NoReturn:
    """Skip the test that needs what is missing; fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), "utf-8")
