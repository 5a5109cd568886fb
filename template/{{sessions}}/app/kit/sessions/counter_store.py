"""The contract of a store of counters, which limit attempts.

This is a whole one, in memory:

    class MemoryCounters(CounterStore):
        def __init__(self):
            self.counted = {}  # value and end, by key

        async def count(self, now, *counters):
            told = []
            for key, limit, expires_at in counters:
                value, ends = self.counted.get(key, (0, 0))
                if not now < ends <= expires_at + CLOCKS_DIFFER:
                    value, ends = 0, expires_at
                self.counted[key] = value + 1, ends
                told.append(self.counted[key])
                if value + 1 > limit:
                    break
            return told

        async def forget_count(self, key):
            self.counted.pop(key, None)

        async def remove_expired_counters(self, now, limit):
            found = [key for key, (_, ends) in self.counted.items() if ends <= now]
            for key in found[:limit]:
                del self.counted[key]
            return len(found[:limit])
"""

from typing import NamedTuple, Protocol

CLOCKS_DIFFER = 60 * 60
"""Seconds by which clocks of two instances may differ. Beyond that, one is wrong."""


class Counter(NamedTuple):
    """What is counted.

    Attributes:
        key: its name in the store.
        limit: up to which it counts.
        expires_at: when it ends if it starts now. A stored counter that ends over
            `CLOCKS_DIFFER` later than this starts anew.
    """

    key: str
    limit: int
    expires_at: int


class CounterStore(Protocol):
    """Counts. `tests/kit/sessions/test_stores.py` tests this contract.

    Where the engine does not answer, every method soon raises `StoreUnavailableError`.
    """

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        """Add one to each counter, up to the first that gets over its limit.

        Return the value and the end of each of these.
        """
        ...

    async def forget_count(self, key: str) -> None:
        """Let a counter start anew. A crash may undo that."""
        ...

    async def remove_expired_counters(self, now: int, limit: int) -> int:
        """Remove up to `limit` expired counters; return how many were removed.

        0 if the engine removes them itself.
        """
        ...
