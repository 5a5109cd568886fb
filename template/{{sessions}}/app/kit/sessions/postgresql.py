"""Sessions in PostgreSQL. With its `fsync` and `synchronous_commit` they survive a crash.

The tables lie in a schema of their own, `kit`: what compares an app's models with its
database, such as Alembic, would propose to drop them beside the app's.
"""

import asyncio
import re
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, TypeAlias, TypeVar
from weakref import WeakSet

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.loops import PerLoop
from app.kit.sessions.sql import Row, SQLStore
from app.kit.sessions.store import PATIENCE
from app.kit.sessions.tables import STEPS_DONE, STEPS_TABLE, statements_after

# Any number that all instances share: one makes the tables while the others wait.
_LOCK = 0x5E5510
_PARAMETER = re.compile(r":(\w+)")
# By qualified names: PgBouncer refuses the option `search_path`.
_TABLE = re.compile(r"\b(?:sessions_2|counters_2|session_steps)\b")
# Looked for first: to create them is a privilege, even IF NOT EXISTS and where they do.
_IS_THERE = (
    ("SELECT to_regnamespace('kit') IS NOT NULL", "CREATE SCHEMA kit"),
    ("SELECT to_regclass('session_steps') IS NOT NULL", STEPS_TABLE),
)

Connection: TypeAlias = psycopg.AsyncConnection[Any]
Pool: TypeAlias = AsyncConnectionPool[Connection]
Result = TypeVar("Result")


class PostgreSQLStore(SQLStore):
    """A store in the database that a connection string of libpq names.

    Or one that is reached by a pool of yours, which you open and close.
    """

    def __init__(self, database: "str | AsyncConnectionPool[Any]") -> None:
        self._pools: PerLoop[Pool]
        if isinstance(database, str):
            conninfo_to_dict(database)  # raises where libpq cannot read it
            self._pools = PerLoop(lambda: _Pool(database), _end)
        else:
            self._pools = PerLoop(lambda: database, _end)
        self._has_tables = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, statement: str, **values: object) -> list[Row]:
        # Not asyncio.timeout: cancelled, psycopg waits for a server without an answer.
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

    async def run_both(self, first: str, second: str, **values: object) -> None:
        # One statement is one round trip.
        await self.run(f"WITH first AS ({first}) {second}", **values)

    async def close(self) -> None:
        await self._pools.close()

    async def _execute(self, statement: str, values: dict[str, Any]) -> list[Row]:
        pool = self._pools.get()
        if isinstance(pool, _Pool) and pool.closed:
            await pool.open()
        async with pool.connection() as connection:
            if not self._has_tables:
                await _make_tables(connection)
                self._has_tables = True
            return await _fetch(connection, statement, values)

    def _begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        # The event loop itself keeps no strong reference to a task.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Looked at, so that asyncio does not complain where nobody waits for it.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task


class _Pool(AsyncConnectionPool[Connection]):
    """A pool that the store opens and closes itself."""

    def __init__(self, url: str) -> None:
        kwargs = {"autocommit": True, "connect_timeout": 2}
        limits: dict[str, Any] = {"timeout": PATIENCE, "reconnect_timeout": PATIENCE}
        # None ahead: whoever comes first would open a second one, and a loop that ends
        # soon, as in a script, would leave it half open.
        limits |= {"min_size": 0, "max_size": 10}
        self._all = WeakSet[Connection]()
        super().__init__(url, kwargs=kwargs, open=False, configure=self._note, **limits)

    async def _note(self, connection: Connection) -> None:
        self._all.add(connection)

    async def end(self) -> None:
        # Where the loop ends, the pool's own tasks are cancelled, too, which it takes
        # for its own cancellation: then it leaves connections open.
        with suppress(asyncio.CancelledError):
            await self.close(timeout=PATIENCE)
        for connection in [*self._all]:
            await connection.close()


async def _end(pool: Pool) -> None:
    if isinstance(pool, _Pool):
        await pool.end()


async def _make_tables(connection: Connection) -> None:
    async with connection.transaction():
        await _send(connection, f"SELECT pg_advisory_xact_lock({_LOCK})")
        for is_there, create in _IS_THERE:
            if await _fetch(connection, is_there) == [(False,)]:
                await _send(connection, create)
        [(done,)] = await _fetch(connection, STEPS_DONE)
        for statement in statements_after(done):
            await _send(connection, statement)


async def _fetch(
    connection: Connection, statement: str, values: Mapping[str, Any] = {}
) -> list[Row]:
    return await (await _send(connection, statement, values)).fetchall()


async def _send(
    connection: Connection, statement: str, values: Mapping[str, Any] = {}
) -> psycopg.AsyncCursor[Row]:
    # PostgreSQL keeps no NUL in text, so none is there to be found.
    values = {
        name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
        for name, value in values.items()
    }
    cursor = connection.cursor(row_factory=tuple_row)
    # PgBouncer in transaction mode gives each transaction another connection, which
    # knows nothing of what was prepared.
    return await cursor.execute(_translated(statement), values, prepare=False)


@cache
def _translated(statement: str) -> bytes:
    """Return a statement as PostgreSQL and its driver have it."""
    qualified = _TABLE.sub(r"kit.\g<0>", statement)
    return _PARAMETER.sub(r"%(\1)s", qualified).encode()
