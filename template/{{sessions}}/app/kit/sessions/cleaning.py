"""What has expired leaves the store while the app runs."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.store import Store

_STEP = 100  # so few at once that no request is held up
_SOON, _LATER = 0.05, 60  # seconds until the next step: where more may be, and else


async def keep_clean(store: Store, now: Callable[[], int]) -> None:
    """Remove what has expired, for ever."""
    while True:
        removed = 0
        # Where the store is away, that has been logged; the next attempt follows.
        with suppress(StoreUnavailableError):
            removed = max(
                await store.remove_expired(now(), _STEP),
                await store.remove_expired_counters(now(), _STEP),
            )
        await asyncio.sleep(_SOON if removed == _STEP else _LATER)
