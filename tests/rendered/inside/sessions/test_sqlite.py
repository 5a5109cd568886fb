"""What only a file can do: be full, be no database, be waited for, be removed."""

import asyncio
import gc
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.kit.sessions import StoreUnavailableError, open_store
from app.kit.sessions.sqlite import SQLiteStore
from app.kit.sessions.store import Record, Store
from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, sign_in
from tests.kit.sessions.test_session import AnySessions


def checked(browser: Browser) -> int:
    """Return what is answered once the store was asked anew, as after some seconds."""
    assert isinstance(browser.app, FastAPI)
    assert browser.portal is not None
    health = browser.app.state.sessions.health
    health.clock = lambda: float("inf")
    browser.portal.call(health.write)
    return browser.get("/check").status_code


@pytest.mark.anyio
async def test_a_full_disk_fails_what_writes_and_nothing_that_reads(store: Any) -> None:
    record = Record("a" * 64, "1", "hash", 0, 0, 0, "", 1, "{}")
    await store.add(record, 60)
    store._writer.execute("PRAGMA max_page_count = 1")  # No page more than there are.
    with pytest.raises(StoreUnavailableError):
        await store.change(record.id, 1, "x" * 100_000)
    store._reader.execute("PRAGMA user_version")  # It is still open.
    assert await store.read(record.id) == record
    store._writer.execute("PRAGMA max_page_count = 100000")
    assert await store.change(record.id, 1, "x" * 100_000)


@pytest.mark.anyio
async def test_what_the_event_loop_cannot_read_is_read_in_the_thread(store: Any) -> None:
    record = Record("a" * 64, "1", "hash", 0, 0, 0, "", 1, "{}")
    await store.add(record, 60)
    store._reader.close()
    assert await store.read(record.id) == record


def test_a_file_that_is_no_database_is_a_503_until_it_is_gone(
    app: FastAPI, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(store_url.removeprefix("sqlite:///"))
    path.write_bytes(b"no database" * 1000)
    with Browser(app) as browser:
        answer = browser.post("/session", json=CREDENTIALS)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert checked(browser) == 503
        assert "The session store does not answer: DatabaseError(" in caplog.text
        path.unlink()
        assert browser.post("/session", json=CREDENTIALS).status_code == 201
        assert checked(browser) == 200


@pytest.mark.anyio
async def test_what_is_written_survives_a_power_cut_and_is_read_meanwhile(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # opened as an app does, not as tests do
    await store.read("a")
    settings = ("synchronous", "journal_mode")
    found = [store._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in settings]
    assert found == [2, "wal"]  # FULL


@pytest.mark.anyio
@pytest.mark.parametrize(
    "rows", ["sessions_2 WHERE user_name = ''"]
    + [f"{table}_2 WHERE expires_at <= 0" for table in ("sessions", "counters")],
)
async def test_what_is_looked_for_is_found_by_an_index(store: Any, rows: str) -> None:
    await store.read("a")
    [plan] = store._writer.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {rows}").fetchall()
    assert plan[3].startswith("SEARCH")


@pytest.mark.anyio
async def test_the_tables_of_releases_before_stay_for_those_that_still_run(
    store_url: str,
) -> None:
    path = store_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as older:
        older.execute("CREATE TABLE sessions_1 (id TEXT PRIMARY KEY)")
        older.execute("INSERT INTO sessions_1 VALUES ('a')")
        older.commit()
        store = SQLiteStore(Path(path))
        await store.read("a")
        await store.clear()
        await store.close()
        assert older.execute("SELECT id FROM sessions_1").fetchall() == [("a",)]


def test_others_on_this_machine_cannot_read_the_file(signed_in: Browser, store_url: str) -> None:
    assert not Path(store_url.removeprefix("sqlite:///")).stat().st_mode & 0o077


def test_signing_in_waits_for_the_disk_twice_at_most(signed_in: Browser, app: FastAPI) -> None:
    writer, commits = app.state.sessions.store._writer, list[str]()
    writer.set_trace_callback(commits.append)
    for body, expected in ((CREDENTIALS, 201), (CREDENTIALS | {"password": "wrong"}, 401)):
        commits.clear()
        assert signed_in.post("/session", json=body).status_code == expected
        assert 1 <= commits.count("COMMIT") <= 2
    writer.set_trace_callback(None)


def put_another(path: Path, how: str) -> None:
    """Do to the file of a running app what somebody might: remove it, or bring back another."""
    if how == "replaced":
        with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(f"{path}.new")) as new:
            old.backup(new)
        path.with_name(f"{path.name}.new").replace(path)
    else:
        path.unlink()
    if how != "removed alone":
        for each in path.parent.glob(f"{path.name}-*"):
            each.unlink()


@pytest.mark.parametrize("how", ["removed", "removed alone", "replaced"])
def test_a_file_that_is_removed_or_replaced_meanwhile_is_opened_anew(
    signed_in: Browser, everybody: AnySessions, store_url: str, how: str
) -> None:
    path = Path(store_url.removeprefix("sqlite:///"))
    put_another(path, how)
    assert checked(signed_in) == 200  # writes, as the app does now and then
    assert signed_in.get("/session").status_code == (200 if how == "replaced" else 401)
    again = sign_in(signed_in)
    # What another process does to the file, such as the command line, this one sees.
    other = open_store(store_url)
    assert asyncio.run(ending_all(other)) == (2 if how == "replaced" else 1)
    assert again.get("/session").status_code == signed_in.get("/session").status_code == 401


async def ending_all(store: Store) -> int:
    ended = await store.clear()
    await store.close()
    return ended


@pytest.mark.anyio
async def test_while_its_folder_is_gone_a_file_is_a_503_and_then_made_anew(
    store: Store, store_url: str
) -> None:
    record = Record("a" * 64, "1", "hash", 0, 0, 0, "", 1, "{}")
    folder = Path(store_url.removeprefix("sqlite:///")).parent
    await store.add(record, 60)
    folder.rename(folder.with_name("elsewhere"))
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await store.add(record, 60)
    folder.mkdir()
    await store.add(record, 60)
    assert await store.read(record.id) == record


def test_what_nobody_closes_is_closed_with_its_store(store_url: str) -> None:
    store: Any = open_store(store_url)
    asyncio.run(store.clear())
    connections = store._reader, store._writer
    store._thread.submit(int).result()  # The thread lets go of what it did before.
    del store
    gc.collect()
    for each in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            each.execute("SELECT 1")
