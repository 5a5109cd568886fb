"""The store of an app: sessions and counters. `engines.py` knows which there are."""

from typing import Protocol

from app.kit.sessions.counter_store import CLOCKS_DIFFER as CLOCKS_DIFFER
from app.kit.sessions.counter_store import Counter as Counter
from app.kit.sessions.counter_store import CounterStore
from app.kit.sessions.session_store import Record as Record
from app.kit.sessions.session_store import SessionStore

PATIENCE = 2.0
"""Seconds. A store that has not answered by then counts as away."""
RETRY_AFTER = 5
"""Seconds. A store that is away is not tried again before."""


class Store(SessionStore, CounterStore, Protocol):
    """Keeps both, in one engine."""

    async def close(self) -> None:
        """Close the connections that it opened itself."""
        ...
