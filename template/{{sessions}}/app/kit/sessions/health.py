"""Whether the app can serve, for whoever probes: anybody may, at any rate."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from app.kit.sessions.errors import StoreUnavailableError, UsersUnavailableError
from app.kit.sessions.store import Counter, Store
from app.kit.sessions.unavailable import check_users

READ_EVERY = 1  # seconds, at most, whoever asks
WRITE_EVERY = 10  # seconds, whether somebody asks or not: no request costs the store a write

Fault: TypeAlias = StoreUnavailableError | UsersUnavailableError


class Health:
    """What is known of the store and the users. Unless `watch` runs, no writing is looked at."""

    def __init__(self, store: Store, users: object, now: Callable[[], int]) -> None:
        self.clock: Callable[[], float] = time.monotonic  # tests give their own
        self._store = store
        self._users = users
        self._now = now
        self._reading = asyncio.Lock()
        self._read_again_at = 0.0
        self._cannot_read: Fault | None = None
        self._cannot_write: Fault | None = None

    async def check(self) -> None:
        """Raise what is a 503 unless store and users can be read, and the store lately be written.

        All who ask at the same time, or within a second, get one answer, a fault too.
        """
        async with self._reading:
            if self.clock() >= self._read_again_at:
                self._cannot_read = await _fault(self._read())
                self._read_again_at = self.clock() + READ_EVERY
        if (fault := self._cannot_read or self._cannot_write) is not None:
            raise fault.with_traceback(None)  # It would grow by those of all who asked.

    async def _read(self) -> None:
        await self._store.read("")
        await check_users(self._users)

    async def watch(self) -> None:
        """Write to the store now and then: a full disk can still be read."""
        while True:
            await self.write()
            await asyncio.sleep(WRITE_EVERY)

    async def write(self) -> None:
        """Note whether the store can be written."""
        counter = Counter("check", 1, self._now() + 60)
        self._cannot_write = await _fault(self._store.count(self._now(), counter))


async def _fault(asked: Awaitable[object]) -> Fault | None:
    try:
        await asked
    except (StoreUnavailableError, UsersUnavailableError) as fault:
        return fault
    return None
