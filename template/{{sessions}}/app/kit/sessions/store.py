"""The contract of a store. `engines.py` says which there are."""

from typing import NamedTuple, Protocol

PATIENCE = 2.0  # seconds after which a store that does not answer counts as away
RETRY_AFTER = 5  # seconds after which one that is away may be tried again
CLOCKS_DIFFER = 60 * 60  # seconds at most; further ahead than that, a clock was wrong


class Record(NamedTuple):
    """A session as it is stored. Times are whole seconds since 1970, UTC."""

    id: str  # the SHA-256 of its token, in hex; the token itself is nowhere on the server
    user: str  # the id of its user, as text
    auth_hash: str
    created_at: int
    seen_at: int
    confirmed_at: int
    browser: str
    version: int  # grows by one with each change of the data; `session.py` says where it starts
    data: str


class Counter(NamedTuple):
    """What is counted, up to which limit, and when that ends if it starts now."""

    key: str
    limit: int
    expires_at: int  # one in the store that ends over CLOCKS_DIFFER later starts anew


class Store(Protocol):
    """Keeps sessions. `tests/kit/sessions/test_stores.py` runs this contract against an engine.

    Every method raises `StoreUnavailableError` soon when the engine does not answer, and is then
    done or not, never half done.
    """

    async def add(self, record: Record, expires_at: int) -> None:
        """Store a session that is not there yet. It survives a crash once this returns."""
        ...

    async def read(self, key: str) -> Record | None:
        """Return the session of this id: one indexed read or one round trip."""
        ...

    async def touch(self, record: Record, expires_at: int) -> None:
        """Note when a session was used, `record.seen_at`; one that has ended stays ended."""
        ...

    async def change(self, key: str, version: int, data: str) -> bool:
        """Store `data` if the session still has this version; return whether."""
        ...

    async def replace(self, old: Record, new: Record, expires_at: int) -> bool:
        """Store `new` in place of `old` if that still has its version; return whether."""
        ...

    async def remove(self, record: Record) -> bool:
        """End a session; return whether there was one."""
        ...

    async def of_user(self, user: str) -> list[Record]:
        """Return the sessions of a user, the newest first."""
        ...

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        """End all sessions of a user except for the one of this id; return how many."""
        ...

    async def clear(self) -> int:
        """End all sessions of all users; return how many."""
        ...

    async def remove_expired(self, now: int, limit: int) -> int:
        """Remove up to `limit` expired sessions and counters; return `limit` if more may be."""
        ...

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        """Add one to each counter, up to the first over its limit; return their values and ends."""
        ...

    async def forget_count(self, key: str) -> None:
        """Start a counter anew. A crash may undo it."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
