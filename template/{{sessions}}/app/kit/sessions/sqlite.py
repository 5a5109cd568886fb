"""Sessions in an SQLite file, which several processes of one machine can share.

Write-ahead logging lets reads go on while something is written, so a session is read
right on the event loop: it takes some microseconds, a thread would take more. Writes
wait for one another in a thread. Each survives a crash, and a power cut, once it
returned.
"""

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from weakref import finalize

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.sql import READ, Row, SQLStore
from app.kit.sessions.sql_counters import FORGET_COUNT
from app.kit.sessions.store import PATIENCE, Record
from app.kit.sessions.tables import STEPS_DONE, STEPS_TABLE, statements_after

_connect = partial(sqlite3.connect, isolation_level=None, check_same_thread=False)
SYNCHRONOUS = "FULL"  # waits for the disk; tests, which outlive no power cut, set OFF


class SQLiteStore(SQLStore):
    """A store in a file: its path, or a URL that names it."""

    def __init__(self, file: str | Path) -> None:
        self._path = Path(str(file).removeprefix("sqlite:///"))
        # For the writer.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="session-store")
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._inode = 0  # of the file that is open
        self._forgotten: set[str] = set()
        # What nobody closes, as in a TestClient outside of a `with`, is closed with this.
        self._opened: list[sqlite3.Connection] = []
        finalize(self, _close_all, self._opened)

    async def read(self, key: str) -> Record | None:
        if (reader := self._reader) is not None:  # The thread may close it meanwhile.
            # Where it is locked for a moment, or broken, the thread waits, or says why.
            with suppress(sqlite3.Error):
                row = reader.execute(READ, {"id": key}).fetchone()
                return Record(*row) if row else None
        return await super().read(key)

    async def run(self, statement: str, **values: object) -> list[Row]:
        return await self._in_thread((statement,), values)

    async def run_both(self, first: str, second: str, **values: object) -> None:
        await self._in_thread((first, second), values)

    async def forget_count(self, key: str) -> None:
        # Goes with the next write, which spares waiting for the disk a second time.
        self._forgotten.add(key)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)

    async def _in_thread(
        self, statements: tuple[str, ...], values: dict[str, object]
    ) -> list[Row]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE * 1.5):
                return await loop.run_in_executor(
                    self._thread, self._execute, statements, values
                )
        except (sqlite3.Error, OSError) as error:  # TimeoutError is an OSError
            raise StoreUnavailableError(f"{error!r}, in {self._path}") from None

    def _execute(
        self, statements: tuple[str, ...], values: dict[str, object]
    ) -> list[Row]:
        reads = statements[0].lstrip().startswith("SELECT")
        forgotten = set[str]() if reads else set(self._forgotten)
        try:
            inode = self._path.stat().st_ino if self._path.exists() else 0
            if self._writer is None or inode != self._inode:
                # What it held open may have been removed, or replaced by a backup.
                self._close()
                self._opened.append(writer := self._open())
                self._opened.append(reader := _connect(self._path, timeout=0))
                self._writer, self._reader = writer, reader
                # 64 MiB: for millions of sessions.
                self._reader.execute("PRAGMA cache_size=-65536")
            with self._writer as connection:  # commits, or rolls back
                connection.execute("BEGIN")
                for key in forgotten:
                    connection.execute(FORGET_COUNT, {"key": key}).fetchall()
                for statement in statements:
                    rows = connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            # Reads go on while the file is locked or the disk is full. After another
            # error the next call opens the file anew.
            passing = sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL
            if error.sqlite_errorcode & 0xFF not in passing:
                self._close()
            raise
        self._forgotten -= forgotten
        return rows

    def _open(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        self._inode = self._path.stat().st_ino
        deadline = time.monotonic() + PATIENCE
        while True:
            connection = _connect(self._path, timeout=PATIENCE / 2)
            try:
                connection.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
                connection.execute("PRAGMA journal_mode=WAL")
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute(STEPS_TABLE)
                    [(done,)] = connection.execute(STEPS_DONE)
                    for statement in statements_after(done):
                        # One tree instead of two: a row stands where its key is.
                        is_table = statement.startswith("CREATE TABLE")
                        connection.execute(
                            f"{statement} WITHOUT ROWID" if is_table else statement
                        )
                return connection
            except sqlite3.Error as error:
                connection.close()
                # When two processes turn on the write-ahead log at once, SQLite fails one
                # of them without waiting, whatever its timeout, so waiting is up to us.
                is_lock = isinstance(error, sqlite3.OperationalError)
                if not is_lock or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _close(self) -> None:
        self._reader = self._writer = None
        _close_all(self._opened)


def _close_all(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()
