"""Whether the store can be read and written, for whoever probes: anybody may, at any rate."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.store import Counter, Store

READ_EVERY = 1  # seconds, at most, whoever asks
WRITE_EVERY = 10  # seconds, whether somebody asks or not: no request costs the store a write


class Health:
    """What is known of the store. `watch` has to run, or only reading is looked at."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self.clock: Callable[[], float] = time.monotonic  # tests give their own
        self._store = store
        self._now = now
        self._reading = asyncio.Lock()
        self._read_again_at = 0.0
        self._cannot_read: StoreUnavailableError | None = None
        self._cannot_write: StoreUnavailableError | None = None

    async def check(self) -> None:
        """Raise StoreUnavailableError unless the store can be read, and lately be written.

        All who ask at the same time, or within a second, get one answer, a fault too.
        """
        async with self._reading:
            if self.clock() >= self._read_again_at:
                self._cannot_read = await _fault(self._store.read(""))
                self._read_again_at = self.clock() + READ_EVERY
        if (fault := self._cannot_read or self._cannot_write) is not None:
            raise fault.with_traceback(None)  # It would grow by those of all who asked.

    async def watch(self) -> None:
        """Write to the store now and then: a full disk can still be read."""
        while True:
            await self.write()
            await asyncio.sleep(WRITE_EVERY)

    async def write(self) -> None:
        """Note whether the store can be written."""
        counter = Counter("check", 1, self._now() + 60)
        self._cannot_write = await _fault(self._store.count(self._now(), counter))


async def _fault(asked: Awaitable[object]) -> StoreUnavailableError | None:
    try:
        await asked
    except StoreUnavailableError as fault:
        return fault
    return None
