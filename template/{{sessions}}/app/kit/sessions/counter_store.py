"""The contract of a store of counters, which limit attempts.

In memory, it takes no more than this:

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

# Seconds at most; further ahead than that, a clock was wrong.
CLOCKS_DIFFER = 60 * 60


class Counter(NamedTuple):
    """What is counted, up to which limit, and when that ends if it starts now."""

    key: str
    limit: int
    expires_at: int  # one in the store that ends over CLOCKS_DIFFER later starts anew


class CounterStore(Protocol):
    """Counts. `tests/kit/sessions/test_stores.py` runs this contract.

    Every method raises `StoreUnavailableError` soon when the engine does not answer.
    """

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        """Add one to each, up to the first over its limit; return values and ends."""
        ...

    async def forget_count(self, key: str) -> None:
        """Start a counter anew. A crash may undo it."""
        ...

    async def remove_expired_counters(self, now: int, limit: int) -> int:
        """Remove up to `limit` expired counters; return `limit` if more may be."""
        ...
