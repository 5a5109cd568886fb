"""Sessions in an SQLite file, which several processes of one machine can share.

Write-ahead logging lets reads go on during a write. So a session is read right on the
event loop, which takes microseconds; handing it to a thread would take longer. Writes
wait for one another in a thread. A write that has returned survives a crash and a power
cut.
"""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from weakref import finalize

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.sql import READ, Row, SQLStore
from app.kit.sessions.sql_counters import FORGET_COUNT
from app.kit.sessions.sqlite_file import (
    DIALECT,
    close_all,
    open_reader,
    open_writer,
)
from app.kit.sessions.store import PATIENCE, Record

SYNCHRONOUS = "FULL"  # waits for the disk; tests, which outlive no power cut, set OFF
_READ = READ.format_map(DIALECT)
# After these errors reads go on: another process writes, or the disk is full.
_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL)


class SQLiteStore(SQLStore):
    """A store in a file: its path, or a URL that names it."""

    def __init__(self, file: str | Path) -> None:
        self._path = Path(str(file).removeprefix("sqlite:///"))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="session-store")
        # The thread uses the writer, the event loop the reader.
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._inode = 0  # of the file that is open
        self._forgotten: set[str] = set()  # keys of counters
        self._opened: list[sqlite3.Connection] = []
        # Where nobody calls `close`, as with a TestClient outside of a `with`.
        finalize(self, close_all, self._opened)

    async def read(self, session_id: str) -> Record | None:
        reader = self._reader  # the thread may set it to None at any time
        if reader is not None:
            try:
                row = reader.execute(_READ, {"id": session_id}).fetchone()
            except sqlite3.Error:
                pass  # If it is locked, the thread waits; else the thread says why.
            else:
                return Record(*row) if row else None
        return await super().read(session_id)

    async def run(self, statement: str, **values: object) -> list[Row]:
        return await self._in_thread((statement,), values)

    async def run_both(self, first: str, second: str, **values: object) -> None:
        await self._in_thread((first, second), values)

    async def forget_count(self, key: str) -> None:
        # Done with the next write, to wait for the disk once instead of twice.
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

    # From here on: in the thread.

    def _execute(
        self, statements: tuple[str, ...], values: dict[str, object]
    ) -> list[Row]:
        """Execute the statements in one transaction; return the rows of the last."""
        reads = statements[0].lstrip().startswith("SELECT")
        forgotten = set() if reads else set(self._forgotten)
        try:
            writer = self._open()
            with writer:  # commits, or rolls back
                writer.execute("BEGIN")
                for key in forgotten:
                    self._fetch(writer, FORGET_COUNT, {"key": key})
                for statement in statements:
                    rows = self._fetch(writer, statement, values)
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF not in _PASSING:
                self._close()  # The next call opens the file anew.
            raise
        self._forgotten -= forgotten
        return rows

    def _fetch(
        self, writer: sqlite3.Connection, statement: str, values: dict[str, object]
    ) -> list[Row]:
        return writer.execute(statement.format_map(DIALECT), values).fetchall()

    def _open(self) -> sqlite3.Connection:
        """Return the connection that writes; open the file if it is not open.

        It is opened anew if it was removed meanwhile, or replaced by a backup.
        """
        inode = self._path.stat().st_ino if self._path.exists() else 0
        if self._writer is None or inode != self._inode:
            self._close()
            self._path.touch(mode=0o600)
            self._inode = self._path.stat().st_ino
            writer = open_writer(self._path, SYNCHRONOUS)
            self._opened.append(writer)
            reader = open_reader(self._path)
            self._opened.append(reader)
            self._writer, self._reader = writer, reader
        return self._writer

    def _close(self) -> None:
        self._reader = self._writer = None
        close_all(self._opened)
