"""The pool of connections to PostgreSQL that the store opens and closes itself."""

import asyncio
from contextlib import suppress
from typing import Any, TypeAlias
from weakref import WeakSet

import psycopg
from psycopg_pool import AsyncConnectionPool

from app.kit.sessions.store import PATIENCE

Connection: TypeAlias = psycopg.AsyncConnection[Any]
Pool: TypeAlias = AsyncConnectionPool[Connection]


class OwnPool(AsyncConnectionPool[Connection]):
    """Up to ten connections to the database that `url` names."""

    def __init__(self, url: str) -> None:
        self._all = WeakSet[Connection]()
        super().__init__(
            url,
            # No connection ahead of its use: a script's event loop may end while it is
            # being opened, and would leave it half open.
            min_size=0,
            max_size=10,
            timeout=PATIENCE,
            reconnect_timeout=PATIENCE,
            kwargs={"autocommit": True, "connect_timeout": 2},
            configure=self._note,
            open=False,
        )

    async def end(self) -> None:
        """Close the pool and every connection of it."""
        # At the end of an event loop the pool's own tasks are cancelled, too. The pool
        # takes that for its own cancellation and leaves connections open.
        with suppress(asyncio.CancelledError):
            await self.close(timeout=PATIENCE)
        for connection in [*self._all]:
            await connection.close()

    async def _note(self, connection: Connection) -> None:
        self._all.add(connection)


async def close_own(pool: Pool) -> None:
    """Close the pool if the store opened it; leave the owner's open."""
    if isinstance(pool, OwnPool):
        await pool.end()
