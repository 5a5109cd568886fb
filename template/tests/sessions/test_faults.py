"""A store that is slow, away or killed: nothing is lost, and nobody is taken for anybody else."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response

from app.main import create_sessions
from app.sessions import Sessions
from app.sessions.store import StoreUnavailableError
from app.settings import Settings
from app.users import User, Users
from tests.kit.browser import Browser
from tests.conftest import CREDENTIALS
from tests.servers import Server, SQLite

PATIENCE = 0.5
PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests need not wait as long as the app does."""
    for engine in ("sqlite", "redis", "postgresql"):
        monkeypatch.setattr(f"app.sessions.{engine}.PATIENCE", PATIENCE)


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


def test_a_slow_store_is_a_503_soon(frozen: Browser, server: Server) -> None:
    start = time.monotonic()
    assert_unavailable(frozen.post("/session", json=CREDENTIALS))
    if server.name == "sqlite":
        # Reading goes on while somebody else writes.
        assert frozen.get("/session").status_code == 200
    else:
        assert_unavailable(frozen.get("/session"))
        assert_unavailable(frozen.get("/health"))
    assert time.monotonic() - start < 4 * PATIENCE


def test_a_store_that_comes_back_is_used_again(frozen: Browser, server: Server) -> None:
    assert_unavailable(frozen.post("/session", json=CREDENTIALS))
    server.thaw()
    assert frozen.get("/health").status_code == 200
    assert frozen.get("/session").json()["user"] == "ada"
    assert frozen.another().post("/session", json=CREDENTIALS).status_code == 201


def test_signing_out_while_the_store_is_away_says_that_it_failed(frozen: Browser) -> None:
    # Not a 204: the token would still be good, and its owner would think otherwise.
    assert_unavailable(frozen.delete("/session"))
    assert frozen.value("__Host-Http-session") is not None


def test_a_store_that_was_restarted_is_used_again(signed_in: Browser, server: Server) -> None:
    server.kill()
    if server.name != "sqlite":
        assert_unavailable(signed_in.get("/session"))
        assert_unavailable(signed_in.get("/health"))
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


def test_a_file_that_is_no_database_is_a_503_until_it_is_gone(app: FastAPI, server: Server) -> None:
    if isinstance(server, SQLite):
        server.path.write_bytes(b"no database" * 1000)
        with Browser(app) as browser:
            assert_unavailable(browser.post("/session", json=CREDENTIALS))
            server.empty()
            assert browser.post("/session", json=CREDENTIALS).status_code == 201


def test_a_file_that_is_locked_when_the_app_starts_is_a_503_until_it_is_free(
    app: FastAPI, server: Server
) -> None:
    if isinstance(server, SQLite):
        server.freeze()
        with Browser(app) as browser:
            assert_unavailable(browser.get("/health"))
            server.thaw()
            assert browser.post("/session", json=CREDENTIALS).status_code == 201


def test_a_file_that_was_damaged_is_opened_anew(
    signed_in: Browser, server: Server, app: FastAPI
) -> None:
    if isinstance(server, SQLite):
        app.state.sessions.store._writer.execute("DROP TABLE counters_1")
        assert_unavailable(signed_in.post("/session", json=CREDENTIALS))
        assert signed_in.post("/session", json=CREDENTIALS).status_code == 201


@pytest.mark.anyio
async def test_a_connection_that_broke_is_replaced(
    app: FastAPI, signed_in: Browser, server: Server
) -> None:
    if isinstance(server, SQLite):
        app.state.sessions.store._reader.close()
    assert signed_in.get("/session").status_code == 200


WRITER = """
import asyncio, sys
from app.main import create_sessions
from app.settings import Settings
from app.users import User, Users

async def main():
    sessions = create_sessions(Settings(session_store=sys.argv[1]), Users({}))
    while True:
        token, _ = await sessions.start(User("ada", "hash"), "", None)
        print(token, flush=True)

asyncio.run(main())
"""


@pytest.fixture
def answered(store_url: str, server: Server) -> list[str]:
    """The tokens of sign-ins that were answered before everything was killed."""
    command = [sys.executable, "-c", WRITER, store_url]
    with subprocess.Popen(  # noqa: S603 - our own command
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
    store_url: str, answered: list[str]
) -> None:
    users = Users({})
    users._users["ada"] = User("ada", "hash")
    sessions = create_sessions(Settings(session_store=store_url), users)
    assert len(answered) >= 100
    found = [await sessions.find(token) for token in answered]
    assert all(found), f"{found.count(None)} of {len(found)} lost"
    await sessions.store.close()


def test_the_command_line_says_that_the_store_is_away(store_url: str, server: Server) -> None:
    server.kill()
    outcome = subprocess.run(
        [sys.executable, "-m", "app", "sessions", "list", "ada"],
        cwd=PROJECT,
        env=os.environ | {"SESSION_STORE": store_url},
        capture_output=True,
        text=True,
        timeout=30,
    )
    server.start()
    if isinstance(server, SQLite):  # which is never away
        assert outcome.returncode == 0
    else:
        assert outcome.returncode == 1
        assert outcome.stderr.endswith(
            "The session store does not answer. Try again in a moment.\n"
        )


@pytest.mark.anyio
async def test_expired_sessions_are_removed_in_the_background(
    app: FastAPI, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: Sessions = app.state.sessions
    pauses: list[float] = []
    removed = iter([100, None, 3])

    async def remove_expired(now: int, limit: int) -> int:
        number = next(removed)
        if number is None:
            raise StoreUnavailableError("test")
        return number

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(sessions.store, "remove_expired", remove_expired)
    monkeypatch.setattr(asyncio, "sleep", pause)
    with pytest.raises(asyncio.CancelledError):
        await sessions.keep_clean()
    # Soon again where there is more to remove, else and after a fault in a minute.
    assert pauses == [0.05, 60, 60]
    await sessions.store.close()
