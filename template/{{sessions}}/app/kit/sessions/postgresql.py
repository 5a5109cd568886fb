"""Sessions in PostgreSQL. With its `fsync` and `synchronous_commit` they survive a crash."""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.sql import INDEXES, TABLES, Row, SQLStore
from app.kit.sessions.store import PATIENCE

# Any number that all instances share, so that one makes the tables while the others wait.
_LOCK = 0x5E5510
_PARAMETER = re.compile(r":(\w+)")
Result = TypeVar("Result")


class PostgreSQLStore(SQLStore):
    """A store in the database that `url` names, a connection string of libpq."""

    def __init__(self, url: str) -> None:
        conninfo_to_dict(url)  # raises where libpq cannot read it
        self._url = url
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[TupleRow]] | None = None
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
            if self._pool is not None:
                # Replaces the connections that are broken: often all are, after one is.
                self._begin(self._pool.check())
            raise StoreUnavailableError(error) from None

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close(timeout=PATIENCE)
            self._pool = None

    async def _execute(self, statement: str, values: dict[str, object]) -> list[Row]:
        if self._pool is None:
            # PgBouncer in transaction mode gives each transaction another connection.
            kwargs = {"autocommit": True, "connect_timeout": 2, "prepare_threshold": None}
            limits: dict[str, Any] = {"timeout": PATIENCE, "reconnect_timeout": PATIENCE}
            limits |= {"min_size": 1, "max_size": 10}
            self._pool = AsyncConnectionPool(self._url, kwargs=kwargs, open=False, **limits)
            await self._pool.open()
        async with self._pool.connection() as connection:
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
