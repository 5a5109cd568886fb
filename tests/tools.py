"""git, Copier and Python interpreters, as the tests use them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

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
def serving(project: Path, python: Path, *command: str, **environment: str) -> Iterator[int]:
    """Run `fastapi COMMAND` in a project until it answers; yield its port; end it."""
    port = free_port()
    with (
        subprocess.Popen(
            [python, "-m", "fastapi", *command, "--port", str(port)],
            cwd=project,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as server,
        ThreadPoolExecutor(1) as reading,
    ):
        try:
            assert server.stdout is not None
            printed = ""
            # It says so when it serves; no need to wait and try.
            while "Uvicorn running on" not in printed:
                line = server.stdout.readline()
                assert line, f"the server ended: {printed}"
                printed += line
            # Or the server waits as soon as its log fills the pipe.
            reading.submit(server.stdout.read)
            yield port
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), "utf-8")
