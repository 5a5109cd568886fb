"""How the file of sessions is opened, and its tables made."""

import sqlite3
import time
from pathlib import Path

from app.kit.sessions.sql_dialect import Dialect
from app.kit.sessions.store import PATIENCE
from app.kit.sessions.tables import STEPS_DONE, STEPS_TABLE, statements_after

# Without a row id, a table is one tree instead of two: a row lies where its key is.
DIALECT = Dialect(schema="", parameter=":{}", table_options="WITHOUT ROWID")
_READER_CACHE = 64 * 1024  # KiB, which is enough for millions of sessions


def open_reader(path: Path) -> sqlite3.Connection:
    """Return a connection to read with. It waits for no lock."""
    reader = _connect(path, timeout=0)
    reader.execute(f"PRAGMA cache_size=-{_READER_CACHE}")  # negative: in KiB
    return reader


def open_writer(path: Path, synchronous: str) -> sqlite3.Connection:
    """Return a connection to write with, once the tables are there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        writer = _connect(path, timeout=PATIENCE / 2)
        try:
            writer.execute(f"PRAGMA synchronous={synchronous}")
            writer.execute("PRAGMA journal_mode=WAL")
            _make_tables(writer)
        except sqlite3.Error as error:
            writer.close()
            # Where two processes turn on write-ahead logging at once, SQLite fails one
            # of them without waiting, whatever its timeout. So wait here.
            is_lock = isinstance(error, sqlite3.OperationalError)
            if not is_lock or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return writer


def close_all(connections: list[sqlite3.Connection]) -> None:
    """Close the connections, and empty the list."""
    while connections:
        connections.pop().close()


def _connect(path: Path, timeout: float) -> sqlite3.Connection:
    """Connect without Python's own transactions; any thread may close it."""
    return sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False
    )


def _make_tables(writer: sqlite3.Connection) -> None:
    with writer:  # commits, or rolls back
        writer.execute("BEGIN IMMEDIATE")
        writer.execute(STEPS_TABLE.format_map(DIALECT))
        [(done,)] = writer.execute(STEPS_DONE.format_map(DIALECT))
        for statement in statements_after(done, DIALECT):
            writer.execute(statement)
