"""Whether the app can serve. Anybody may ask, as often as they like."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from app.kit.sessions.errors import StoreUnavailableError, UsersUnavailableError
from app.kit.sessions.store import Counter, Store
from app.kit.sessions.unavailable import check_users

READ_EVERY = 1
"""Seconds between two reads, at least, however many ask."""
WRITE_EVERY = 10
"""Seconds between two writes, whether anybody asks or not: no request causes one."""

Fault: TypeAlias = StoreUnavailableError | UsersUnavailableError


class Health:
    """Knows whether the store and the users answer.

    Whether the store can be written is known while `watch` runs.
    """

    def __init__(self, store: Store, users: object, now: Callable[[], int]) -> None:
        self.clock: Callable[[], float] = time.monotonic  # tests set their own
        self._store = store
        self._users = users
        self._now = now
        self._reading = asyncio.Lock()
        self._read_again_at = 0.0
        self._cannot_read: Fault | None = None
        self._cannot_write: Fault | None = None

    async def check(self) -> None:
        """Raise a 503 unless store and users can be read, and the last write worked.

        All who ask within a second get the same answer, even if it is a fault.
        """
        async with self._reading:
            if self.clock() >= self._read_again_at:
                self._cannot_read = await _fault(self._read())
                self._read_again_at = self.clock() + READ_EVERY
        fault = self._cannot_read or self._cannot_write
        if fault is not None:
            # Each `raise` adds to the traceback, and this fault is raised again.
            raise fault.with_traceback(None)

    async def watch(self) -> None:
        """Write to the store now and then: a full disk can still be read."""
        while True:
            await self.write()
            await asyncio.sleep(WRITE_EVERY)

    async def write(self) -> None:
        """Find out whether the store can be written."""
        now = self._now()
        counter = Counter("check", limit=1, expires_at=now + 60)
        self._cannot_write = await _fault(self._store.count(now, counter))

    async def _read(self) -> None:
        await self._store.read("")
        await check_users(self._users)


async def _fault(asked: Awaitable[object]) -> Fault | None:
    try:
        await asked
    except (StoreUnavailableError, UsersUnavailableError) as fault:
        return fault
    return None
