"""Sessions in PostgreSQL. With its `fsync` and `synchronous_commit` they survive a crash."""

import asyncio
import re
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar
from weakref import WeakSet

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.loops import PerLoop
from app.kit.sessions.sql import INDEXES, TABLES, Row, SQLStore
from app.kit.sessions.store import PATIENCE

# Any number that all instances share, so that one makes the tables while the others wait.
_LOCK = 0x5E5510
_PARAMETER = re.compile(r":(\w+)")
Result = TypeVar("Result")
Connection: TypeAlias = psycopg.AsyncConnection[TupleRow]


class PostgreSQLStore(SQLStore):
    """A store in the database that `url` names, a connection string of libpq."""

    def __init__(self, url: str) -> None:
        conninfo_to_dict(url)  # raises where libpq cannot read it
        self._pools = PerLoop(lambda: _Pool(url), _Pool.end)
        self._has_tables = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, statement: str, **values: object) -> list[Row]:
        # Not asyncio.timeout: cancelled, psycopg waits for a server that does not answer.
        task = self._begin(self._execute(statement, values))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            task.cancel()
            raise StoreUnavailableError(f"no answer within {PATIENCE} s")
        try:
            return task.result()
        except psycopg.Error as error:
            # Replaces the connections that are broken: often all are, after one is.
            self._begin(self._pools.get().check())
            raise StoreUnavailableError(error) from None

    async def close(self) -> None:
        await self._pools.close()

    async def _execute(self, statement: str, values: dict[str, object]) -> list[Row]:
        pool = self._pools.get()
        if pool.closed:
            await pool.open()
        async with pool.connection() as connection:
            if not self._has_tables:
                async with connection.transaction():
                    # IF NOT EXISTS alone fails where two instances start at once.
                    await connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})".encode())
                    for each in (*TABLES, *INDEXES):
                        await connection.execute(each.encode())
                self._has_tables = True
            translated = _PARAMETER.sub(r"%(\1)s", statement).encode()
            # PostgreSQL keeps no NUL in text, so none is there to be found.
            for name, value in values.items():
                values[name] = value.replace("\0", "\ufffd") if isinstance(value, str) else value
            return await (await connection.execute(translated, values)).fetchall()

    def _begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        # The event loop itself keeps no strong reference to a task.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Looked at, so that asyncio does not complain where nobody waits for it any longer.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task


class _Pool(AsyncConnectionPool[Connection]):
    def __init__(self, url: str) -> None:
        # PgBouncer in transaction mode gives each transaction another connection.
        kwargs = {"autocommit": True, "connect_timeout": 2, "prepare_threshold": None}
        limits: dict[str, Any] = {"timeout": PATIENCE, "reconnect_timeout": PATIENCE}
        limits |= {"min_size": 1, "max_size": 10}
        self._all = WeakSet[Connection]()
        super().__init__(url, kwargs=kwargs, open=False, configure=self._note, **limits)

    async def _note(self, connection: Connection) -> None:
        self._all.add(connection)

    async def end(self) -> None:
        # Where the loop ends, the pool's own tasks are cancelled, too, which it takes for its own
        # cancellation: then it leaves connections open.
        with suppress(asyncio.CancelledError):
            await self.close(timeout=PATIENCE)
        for connection in [*self._all]:
            await connection.close()
