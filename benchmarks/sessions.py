# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "argon2-cffi>=25.1",
#     "copier>=9.19,<10",
#     "fastapi[standard-no-fastapi-cloud-cli]>=0.165",
#     "itsdangerous>=2.2",
#     "litestar>=2.24,<3",
#     "pydantic-settings>=2.16",
#     "secure>=2",
#     "starlette-csrf>=3",
#     "starsessions>=2.2",
# ]
# ///
"""What a request costs with a session or a cookie, beside bare FastAPI and other libraries.

Renders a project with either strategy, and prints three Markdown tables; ratios are to the first
row. Instructions, counted by valgrind's cachegrind, hardly depend on the machine. Wall times are
the best of rounds in turn, and only those of one run compare.

    uv run [--python 3.13] benchmarks/sessions.py [--rows 1000000] [--no-instructions]
"""

import argparse
import asyncio
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import cache
from importlib.metadata import version
from pathlib import Path

import copier
from session_apps import KEYS, session_id

FEW, MANY, ROUNDS, CALLS, READS = 200, 700, 40, 200, 5 * KEYS
SMALL, BYTES_PER_ROW = 10_000, 900
COLUMNS = ["id", "user_name", "auth_hash", "created_at", "seen_at", "confirmed_at", "browser"]
COLUMNS += ["version", "data", "secret_hash", "old_secret_hash", "renewed_at", "lasts"]
COLUMNS += ["expires_at"]
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
LIBRARIES = ["fastapi", "starlette", "pydantic", "starsessions", "secure", "starlette-csrf"]
LIBRARIES += ["litestar"]

Arguments = tuple[str, ...]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="sessions in the large file")
    parser.add_argument("--no-instructions", action="store_true", help="wall times only: quicker")
    options = parser.parse_args()
    rows: int = options.rows
    counts = not options.no_instructions
    if counts and not shutil.which(VALGRIND[0]):
        sys.exit("Install valgrind (`apt install valgrind`), or give --no-instructions.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        needed, free = rows * BYTES_PER_ROW, shutil.disk_usage(folder).free
        if free < needed:
            sys.exit(f"{folder} has {free / 1e9:.1f} GB free of the {needed / 1e9:.1f} it takes.")
        projects = {strategy: render(folder, strategy) for strategy in ("temporal", "direct")}
        print(f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}", sep=", ")
        print(*(f"{library} {version(library)}" for library in LIBRARIES), sep=", ", end="\n\n")

        here = projects["temporal"]
        apps = {
            "bare FastAPI, as its documentation builds an app": (folder, ("bare",)),
            "the same without a router": (folder, ("bare_on_the_app",)),
            "bare, with this template's routers and dependencies": (folder, ("bare_alike",)),
            "this template, temporal": (here, ("template",)),
            "this template, direct": (projects["direct"], ("template",)),
            "its session alone in an app, temporal": (here, ("template_alone",)),
            "its session alone in an app, direct": (projects["direct"], ("template_alone",)),
            "FastAPI, Starlette's SessionMiddleware": (folder, ("starlette",)),
            "FastAPI, starsessions in memory": (folder, ("starsessions",)),
            "starsessions in a dependency": (folder, ("starsessions_depends",)),
            "that with similar duties": (folder, ("starsessions_with_duties",)),
            "Litestar, its sessions in memory": (folder, ("litestar",)),
        }
        show("GET /session", apps, FEW, MANY, CALLS, counts)

        cookies = {
            "bare, no cookie": (folder, ("bare",)),
            "bare, four routers before it": (folder, ("bare_behind_others",)),
            "bare, a dependency that has another": (folder, ("bare_depends",)),
            "bare, one cookie read": (folder, ("bare_reads",)),
            "bare, one cookie set, temporal": (folder, ("bare_sets",)),
            "bare, one cookie set, direct": (folder, ("bare_sets_direct",)),
            "protected, no cookie": (here, ("protected",)),
            "protected, one cookie read": (here, ("protected_reads",)),
            "protected, one cookie set, temporal": (here, ("protected_sets",)),
            "protected, one cookie set, direct": (here, ("protected_sets_direct",)),
        }
        show("One path operation", cookies, FEW, MANY, CALLS, counts)

        files = {}
        for count in (SMALL, rows):
            start, file = time.perf_counter(), folder / f"{count}.db"
            fill(here, file, count)
            took, size = time.perf_counter() - start, file.stat().st_size / 1e6
            print(f"Filling {count:,} sessions took {took:.0f} s and {size:,.0f} MB.")
            store = ("store", str(file), str(count))
            files[f"a read among {count:,} sessions"] = (here, store)
        print()
        show("SQLite", files, READS, 2 * READS, READS, counts)


def render(folder: Path, strategy: str) -> Path:
    """Render a project with this strategy; return its folder."""
    project = folder / strategy
    copier.run_copy(
        str(Path(__file__).parent.parent),
        project,
        data={"project_name": "benchmark", "cookie_strategy": strategy},
        vcs_ref="HEAD",
        defaults=True,
        quiet=True,
    )
    return project


def show(
    title: str,
    measured: Mapping[str, tuple[Path, Arguments]],
    few: int,
    many: int,
    calls: int,
    counts: bool,
) -> None:
    """Print the table of what is measured, each in its folder."""
    columns = {}
    # First, so that nothing is left to compile when instructions are counted.
    walls = wall_times(measured.values(), calls)
    if counts:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            counted = list(
                pool.map(lambda each: instructions(*each, few, many) / 1e3, measured.values())
            )
        columns["instructions, ratio"] = [f"{count / counted[0]:.3f}" for count in counted]
        columns["thousands"] = [f"{count:.1f}" for count in counted]
    columns["wall time, ratio"] = [f"{wall / walls[0]:.2f}" for wall in walls]
    columns["µs"] = [f"{wall:.1f}" for wall in walls]
    print("|", " | ".join([title, *columns]), "|")
    print("|", " | ".join(["---"] * (1 + len(columns))), "|")
    for row in zip(measured, *columns.values(), strict=True):
        print("|", " | ".join(row), "|")
    print(flush=True)


def command(arguments: Arguments) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("session_apps.py")), *arguments]


@cache
def instructions(project: Path, arguments: Arguments, few: int, many: int) -> float:
    """Return the instructions that one call takes, without start-up.

    A copy of the process ends after a few calls, another one after many.
    """
    with tempfile.TemporaryDirectory() as logs:
        subprocess.run(
            [*VALGRIND, f"--log-file={logs}/%p", *command(arguments)],
            cwd=project,
            input=f"{few} fork\n{many - few} fork\n".encode(),
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONHASHSEED": "0"},
            check=True,
        )
        found = [re.search(r"I +refs: +([\d,]+)", log.read_text()) for log in Path(logs).iterdir()]
    fewer, more, _ = sorted(int(match[1].replace(",", "")) for match in found if match)
    return (more - fewer) / (many - few)


def wall_times(measured: Iterable[tuple[Path, Arguments]], calls: int) -> list[float]:
    """Return the microseconds that a call of each takes, the best of rounds in turn."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    command(arguments),
                    cwd=project,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for project, arguments in measured
        ]
        rounds = [[seconds(each, calls) for each in processes] for _ in range(ROUNDS)]
    return [min(times) / calls * 1e6 for times in zip(*rounds, strict=True)]


def seconds(process: subprocess.Popen[str], calls: int) -> float:
    """Return the seconds that a process takes for so many calls."""
    assert process.stdin and process.stdout
    print(calls, file=process.stdin, flush=True)
    return float(process.stdout.readline())


def fill(project: Path, file: Path, rows: int) -> None:
    """Write `rows` sessions into the tables and indexes that the store itself creates."""
    sys.path.insert(0, str(project))
    from app.kit.sessions.sqlite import SQLiteStore

    async def create() -> None:
        store = SQLiteStore(str(file))
        await store.read("")
        await store.close()

    asyncio.run(create())
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("PRAGMA synchronous=OFF")
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        indexes = database.execute(query).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        database.execute("BEGIN")
        columns = ", ".join(COLUMNS)
        values = ", ".join("?" * len(COLUMNS))
        insert = f"INSERT INTO sessions_2 ({columns}) VALUES ({values})"
        database.executemany(insert, sessions(rows))
        database.execute("COMMIT")
        for _, create_index in indexes:
            database.execute(create_index)


def sessions(rows: int) -> Iterator[tuple[object, ...]]:
    """Yield the rows, in the order of their ids, which is the quickest to insert."""
    now = int(time.time())
    for number in range(rows):
        key = session_id(number, rows)
        at = now - int(key[-4:], 16)  # within the last 18 hours
        user = f"user{int(key[-12:-4], 16) % (rows // 4)}"
        secret_hash = key[::-1]
        yield (
            *(key, user, key[::-1], at, at, at, BROWSER, 1, "{}"),
            *(secret_hash, "", 0, 0, at + 60 * 60),
        )


if __name__ == "__main__":
    main()
