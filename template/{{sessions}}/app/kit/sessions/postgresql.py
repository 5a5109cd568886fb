"""Sessions in PostgreSQL. They survive a crash by its `fsync` and `synchronous_commit`.

The tables lie in a schema of their own, `kit`. Beside the app's tables they would look
like leftovers to Alembic: it proposes to drop what the app's models do not name.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.loops import PerLoop
from app.kit.sessions.postgresql_pool import Connection, OwnPool, Pool, close_own
from app.kit.sessions.sql import Row, SQLStore
from app.kit.sessions.sql_dialect import Dialect
from app.kit.sessions.store import PATIENCE
from app.kit.sessions.tables import STEPS_DONE, STEPS_TABLE, statements_after

# The schema stands before each name: PgBouncer refuses the option `search_path`.
_DIALECT = Dialect(schema="kit.", parameter="%({})s")
# Any number that all instances share: one makes the tables while the others wait.
_LOCK = 0x5E5510
_HAS_SCHEMA = "SELECT to_regnamespace('kit') IS NOT NULL"
_HAS_STEPS = "SELECT to_regclass('kit.session_steps') IS NOT NULL"

Result = TypeVar("Result")


class PostgreSQLStore(SQLStore):
    """A store in the database that a connection string of libpq names.

    Or one that is reached by a pool of yours, which you open and close.
    """

    def __init__(self, database: "str | AsyncConnectionPool[Any]") -> None:
        self._pools: PerLoop[Pool]
        if isinstance(database, str):
            conninfo_to_dict(database)  # raises where libpq cannot read it
            self._pools = PerLoop(lambda: OwnPool(database), close_own)
        else:
            self._pools = PerLoop(lambda: database, close_own)
        self._has_tables = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, statement: str, **values: object) -> list[Row]:
        # Not asyncio.timeout: it cancels and then waits for what it cancelled, and
        # psycopg, when cancelled, waits for a server that does not answer.
        task = self._begin(self._execute(statement, values))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            task.cancel()
            raise StoreUnavailableError(f"no answer within {PATIENCE} s")
        try:
            return task.result()
        except psycopg.Error as error:
            # Where one connection is broken, often all are: have the pool replace them.
            self._begin(self._pools.get().check())
            raise StoreUnavailableError(error) from None

    async def run_both(self, first: str, second: str, **values: object) -> None:
        # As one statement, which is one round trip.
        await self.run(f"WITH first AS ({first}) {second}", **values)

    async def close(self) -> None:
        await self._pools.close()

    async def _execute(self, statement: str, values: dict[str, Any]) -> list[Row]:
        pool = self._pools.get()
        if isinstance(pool, OwnPool) and pool.closed:
            await pool.open()
        async with pool.connection() as connection:
            if not self._has_tables:
                await _make_tables(connection)
                self._has_tables = True
            cursor = await _send(connection, statement.format_map(_DIALECT), values)
            return await cursor.fetchall()

    def _begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        # The event loop itself keeps no strong reference to a task.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Look at its exception, or asyncio logs that nobody did.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task


async def _make_tables(connection: Connection) -> None:
    async with connection.transaction():
        await _send(connection, f"SELECT pg_advisory_xact_lock({_LOCK})")
        # CREATE … IF NOT EXISTS would not do: without the privilege to create, it is
        # denied even where the schema or the table exists.
        if not await _fetch_one(connection, _HAS_SCHEMA):
            await _send(connection, "CREATE SCHEMA kit")
        if not await _fetch_one(connection, _HAS_STEPS):
            await _send(connection, STEPS_TABLE.format_map(_DIALECT))
        done = await _fetch_one(connection, STEPS_DONE.format_map(_DIALECT))
        for statement in statements_after(done, _DIALECT):
            await _send(connection, statement)


async def _fetch_one(connection: Connection, query: str) -> Any:
    """Return the one value that a query has for an answer."""
    [(value,)] = await (await _send(connection, query)).fetchall()
    return value


async def _send(
    connection: Connection, statement: str, values: Mapping[str, Any] = {}
) -> psycopg.AsyncCursor[Row]:
    cursor = connection.cursor(row_factory=tuple_row)
    # Unprepared: PgBouncer may run each transaction on another connection, which does
    # not know what was prepared.
    return await cursor.execute(statement.encode(), _storable(values), prepare=False)


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    # PostgreSQL stores no NUL in text. Replaced, it is in no id, so nothing is found.
    return {
        name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
        for name, value in values.items()
    }
