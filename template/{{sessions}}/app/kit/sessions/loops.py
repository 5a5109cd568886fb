"""Clients of a server, one for each event loop: a connection serves the loop that opened it.

A server runs one loop. Scripts and tests run several: each `asyncio.run` is one, and each request
of a TestClient outside of a `with`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

Client = TypeVar("Client")


class PerLoop(Generic[Client]):
    """Makes a client with `make` where a loop has none; `close` closes it before the loop ends."""

    def __init__(
        self, make: Callable[[], Client], close: Callable[[Client], Awaitable[None]]
    ) -> None:
        self._make, self._close = make, close
        self._made: dict[
            asyncio.AbstractEventLoop, tuple[Client, asyncio.Event, asyncio.Task[None]]
        ] = {}

    def get(self) -> Client:
        """Return the client of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._made:
            for ended in [each for each in list(self._made) if each.is_closed()]:
                self._made.pop(ended, None)
            client, over = self._make(), asyncio.Event()
            self._made[loop] = client, over, loop.create_task(self._hold(client, over))
        return self._made[loop][0]

    async def close(self) -> None:
        """Close the client of the running loop, if there is one."""
        if made := self._made.pop(asyncio.get_running_loop(), None):
            _, over, task = made
            over.set()
            await task

    async def _hold(self, client: Client, over: asyncio.Event) -> None:
        # `asyncio.run` cancels every task before its loop ends, and waits for what they do then.
        with suppress(asyncio.CancelledError):
            await over.wait()
        await self._close(client)
