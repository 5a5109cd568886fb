"""Expired sessions and counters are removed from the store while the app runs."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.store import Store

_STEP = 100  # removed at once: so few that no request has to wait
_SOON = 0.05  # seconds until the next step if there may be more
_LATER = 60  # seconds until the next step if there is no more


async def keep_clean(store: Store, now: Callable[[], int]) -> None:
    """Remove what has expired, until cancelled."""
    while True:
        removed = 0
        # A store that is away has been logged already. Try again later.
        with suppress(StoreUnavailableError):
            removed = max(
                await store.remove_expired(now(), _STEP),
                await store.remove_expired_counters(now(), _STEP),
            )
        await asyncio.sleep(_SOON if removed == _STEP else _LATER)
