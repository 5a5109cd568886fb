"""The store of an app: sessions and counters. `engines.py` says which there are."""

from typing import Protocol

from app.kit.sessions.counter_store import CLOCKS_DIFFER as CLOCKS_DIFFER
from app.kit.sessions.counter_store import Counter as Counter
from app.kit.sessions.counter_store import CounterStore
from app.kit.sessions.session_store import Record as Record
from app.kit.sessions.session_store import SessionStore

PATIENCE = 2.0  # seconds after which a store that does not answer counts as away
RETRY_AFTER = 5  # seconds after which one that is away may be tried again


class Store(SessionStore, CounterStore, Protocol):
    """Keeps both, in one engine."""

    async def close(self) -> None:
        """Close the connections that it opened itself."""
        ...
