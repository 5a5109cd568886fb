"""One client for each event loop: a connection serves only the loop that opened it.

A server runs one loop. Scripts and tests run several: each `asyncio.run` is one, and
each request of a TestClient outside of a `with`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

Client = TypeVar("Client")


@dataclass
class _Made(Generic[Client]):
    client: Client
    is_over: asyncio.Event
    closing: asyncio.Task[None]  # closes the client once it is over


class PerLoop(Generic[Client]):
    """Makes a client for each loop that asks, and closes it before the loop ends."""

    def __init__(
        self, make: Callable[[], Client], close: Callable[[Client], Awaitable[None]]
    ) -> None:
        self._make = make
        self._close = close
        self._made: dict[asyncio.AbstractEventLoop, _Made[Client]] = {}

    def get(self) -> Client:
        """Return the client of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._made:
            self._forget_ended_loops()
            client, is_over = self._make(), asyncio.Event()
            closing = loop.create_task(self._close_after(client, is_over))
            self._made[loop] = _Made(client, is_over, closing)
        return self._made[loop].client

    async def close(self) -> None:
        """Close the client of the running loop, if there is one."""
        made = self._made.pop(asyncio.get_running_loop(), None)
        if made is not None:
            made.is_over.set()
            await made.closing

    async def _close_after(self, client: Client, is_over: asyncio.Event) -> None:
        # Before its loop ends, `asyncio.run` cancels every task, and waits for them.
        with suppress(asyncio.CancelledError):
            await is_over.wait()
        await self._close(client)

    def _forget_ended_loops(self) -> None:
        for loop in list(self._made):  # another thread may add one meanwhile
            if loop.is_closed():
                self._made.pop(loop, None)
