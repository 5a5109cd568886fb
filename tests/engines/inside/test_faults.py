# mypy: ignore-errors
"""A store that is slow, away or killed: nothing is lost, and nobody is taken for anybody else."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from app.kit.sessions import Sessions, open_store
from fastapi import FastAPI
from httpx2 import Response

from tests.engines.servers import Server, SQLite
from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, HASH, SESSION, Basket, Clock, People, Settings

ENGINES = ["sqlite", "valkey", "postgresql"]
PATIENCE = 0.5
PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests need not wait as long as the app does."""
    for engine in ("sqlite", "redis", "postgresql"):
        monkeypatch.setattr(f"app.kit.sessions.{engine}.PATIENCE", PATIENCE)


@pytest.fixture
def frozen(signed_in: Browser, server: Server) -> Iterator[Browser]:
    """A browser in which ada has signed in before the store stopped answering."""
    server.freeze()
    try:
        yield signed_in
    finally:
        server.thaw()


def assert_unavailable(response: Response) -> None:
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "set-cookie" not in response.headers
    assert "session store does not answer" in response.json()["detail"]


def checked(browser: Browser) -> Response:
    """Return what is answered once the store was asked anew, as after some seconds."""
    health = browser.app.state.sessions.health
    health.clock = lambda: float("inf")
    browser.portal.call(health.write)
    return browser.get("/check")


def test_a_slow_store_is_a_503_soon(frozen: Browser, server: Server, clock: Clock) -> None:
    start = time.monotonic()
    assert_unavailable(frozen.post("/session", json=CREDENTIALS))
    if server.name == "sqlite":
        # Reading goes on while somebody else writes, and a use that cannot be noted is no error.
        clock.time += 61
        assert frozen.get("/session").status_code == 200
        assert frozen.get("/session").status_code == 200
    else:
        assert_unavailable(frozen.get("/session"))
        assert_unavailable(checked(frozen))
    assert time.monotonic() - start < 5 * PATIENCE


def test_a_store_that_comes_back_is_used_again(frozen: Browser, server: Server) -> None:
    assert_unavailable(frozen.post("/session", json=CREDENTIALS))
    server.thaw()
    assert checked(frozen).status_code == 200
    assert frozen.get("/session").json() == "ada"
    assert frozen.another().post("/session", json=CREDENTIALS).status_code == 201


def test_signing_out_while_the_store_is_away_says_that_it_failed(frozen: Browser) -> None:
    # Not a 204: the token would still be good, and its owner would think otherwise.
    assert_unavailable(frozen.delete("/session"))
    assert frozen.value(SESSION.name) is not None


def test_a_store_that_was_restarted_is_used_again(signed_in: Browser, server: Server) -> None:
    server.kill()
    if server.name != "sqlite":
        assert_unavailable(signed_in.get("/session"))
        assert_unavailable(checked(signed_in))
    server.start()
    answers = [signed_in.get("/session").status_code for _ in range(3)]
    assert answers[-1] == 200
    assert set(answers) <= {200, 503}


def test_an_app_that_starts_before_its_store_serves_once_it_is_there(
    settings: Settings, app: FastAPI, server: Server
) -> None:
    server.kill()
    with Browser(app) as browser:
        if server.name != "sqlite":
            assert_unavailable(browser.post("/session", json=CREDENTIALS))
        server.start()
        assert browser.post("/session", json=CREDENTIALS).status_code == 201


def test_connections_that_broke_are_replaced(
    app: FastAPI, signed_in: Browser, server: Server
) -> None:
    if isinstance(server, SQLite):
        app.state.sessions.store._reader.close()
    else:
        assert server.connections() > 0
        server.disconnect()
    answers = [signed_in.get("/session").status_code for _ in range(3)]
    assert answers[-1] == 200
    assert set(answers) <= {200, 503}


def test_a_full_disk_sends_nobody_away(
    people: People, clock: Clock, small_disk: Path
) -> None:
    """A real one, since SQLite writes ahead of itself."""
    from tests.kit.sessions.example import create_app, sign_in

    settings = Settings(session_store=f"sqlite:///{small_disk}/sessions.db")
    with Browser(create_app(settings, people, clock)) as browser:
        signed_in = sign_in(browser)
        assert checked(signed_in).status_code == 200
        with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 4096)
        statuses = [browser.another().post("/session", json=CREDENTIALS) for _ in range(200)]
        assert statuses[-1].status_code == 503
        assert checked(signed_in).status_code == 503
        for _ in range(5):
            clock.time += 120
            assert signed_in.get("/session").status_code == 200
        (small_disk / "filler").unlink()
        assert checked(signed_in).status_code == 200
        assert signed_in.post("/session", json=CREDENTIALS).status_code == 201


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True).returncode:
        how = "run it as root, who can mount a small disk: sudo --preserve-env uv run pytest --all"
        (pytest.fail if "CI" in os.environ else pytest.skip)(how)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


WRITER = """
import asyncio, sys
from app.kit.sessions import Sessions, open_store
from tests.kit.sessions.example import Basket, People, Settings

async def main():
    people = People()
    sessions = Sessions(open_store(sys.argv[1]), people, Basket, Settings())
    while True:
        token, _ = await sessions.start(people.rows[0], "", None)
        print(token, flush=True)

asyncio.run(main())
"""


@pytest.fixture
def answered(store_url: str, server: Server) -> list[str]:
    """The tokens of sign-ins that were answered before everything was killed."""
    command = [sys.executable, "-c", WRITER, store_url]
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as writer:
        assert writer.stdout is not None
        tokens = [writer.stdout.readline() for _ in range(100)]
        server.kill()
        writer.kill()
        tokens += writer.stdout.readlines()
    server.start()
    return [token.strip() for token in tokens if token.endswith("\n")]


@pytest.mark.anyio
async def test_killed_while_writing_it_loses_no_session_that_was_answered(
    settings: Settings, answered: list[str], people: People
) -> None:
    sessions = Sessions(open_store(settings.session_store), people, Basket, settings)
    assert len(answered) >= 100
    found = [await sessions.find(token) for token in answered]
    assert all(found), f"{found.count(None)} of {len(found)} lost"
    await sessions.store.close()


def test_the_command_line_says_that_the_store_is_away(store_url: str, server: Server) -> None:
    server.kill()
    outcome = subprocess.run(
        [sys.executable, "-m", "app", "sessions", "list", "ada"],
        cwd=PROJECT,
        env=os.environ | {"SESSION_STORE": store_url, "USERS": json.dumps({"ada": HASH})},
        capture_output=True,
        text=True,
        timeout=60,
    )
    server.start()
    if isinstance(server, SQLite):  # which is never away
        assert outcome.returncode == 0, outcome.stderr
    else:
        assert outcome.returncode == 1
        assert outcome.stderr.endswith(
            "The session store does not answer. Try again in a moment.\n"
        )
