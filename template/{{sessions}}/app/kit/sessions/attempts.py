"""Throttling: no more guesses at passwords than the settings allow, counted in the store."""

import logging
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Generic

from fastapi.requests import HTTPConnection
from starlette.exceptions import HTTPException

from app.kit.sessions.counter_store import CLOCKS_DIFFER, Counter, CounterStore
from app.kit.sessions.errors import TooManyAttemptsError
from app.kit.sessions.settings import Rate, SessionSettings, read_rate
from app.kit.sessions.users import AnyUser, User, Users

_PROXY = (
    "Many attempts to sign in, or forwarded ones, come from %s. If that is your proxy, name it in "
    "FORWARDED_ALLOW_IPS: all visitors share one limit until then and can lock each other out."
)
_REMEMBERED = 10_000  # counters that refuse, in each process: one or two MiB


class Attempts(Generic[AnyUser]):
    """Checks passwords, and counts the attempts before it does (ASVS 6.1.1: docs/sign-in.md).

    To sign in, per user and per address; to confirm, per session: nobody else uses up those.
    """

    def __init__(
        self,
        users: Users[AnyUser],
        store: CounterStore,
        settings: SessionSettings,
        now: Callable[[], int],
    ) -> None:
        self._users = users
        self._store = store
        self._now = now
        self._per_user = read_rate(settings.sign_in_limit_per_user)
        self._per_address = read_rate(settings.sign_in_limit_per_address)
        self._has_warned = False
        self._refused: dict[str, int] = {}  # until when, by the key of what is counted

    async def authenticate(self, name: str, password: str, connection: HTTPConnection) -> AnyUser:
        """Return the user of this name, whose password this is; else answer 401 or 429."""
        # The server takes the address from X-Forwarded-For, from the proxies that it trusts only.
        # One that it does not trust forwards others' addresses.
        address = connection.client.host if connection.client else ""
        by_address = self._counter(self._per_address, "address", _network(address))
        by_user = self._counter(self._per_user, "user", self._users.attempt_key(name))
        # The address first: one that is over its limit does not use up a user's attempts.
        refusing, seconds = await self._count(by_address, by_user)
        forwarded = connection.headers.get("x-forwarded-for", address).replace(" ", "").split(",")
        if (refusing is by_address or address not in forwarded) and not self._has_warned:
            self._has_warned = True
            logging.getLogger(__name__).warning(_PROXY, address or "no address")
        if refusing:
            raise TooManyAttemptsError(seconds)
        if (user := await self._users.authenticate(name, password)) is None:
            raise HTTPException(401, "No user has this name and this password.")
        # Not the address's: with an account of one's own one could guess at others for ever.
        self._refused.pop(by_user.key, None)
        await self._store.forget_count(by_user.key)
        return user

    async def reauthenticate(self, session_id: str, user: User, name: str, password: str) -> None:
        """Answer 401 or 429 unless `user`, called `name`, has this password."""
        refusing, seconds = await self._count(self._counter(self._per_user, "session", session_id))
        if refusing:
            raise TooManyAttemptsError(seconds)
        found = await self._users.authenticate(name, password)
        if found is None or found.id != user.id:
            raise HTTPException(401, "This is not your password.")

    def _counter(self, rate: Rate, kind: str, name: str) -> Counter:
        # Hashed, since a client can send what a store cannot keep, such as half a surrogate pair.
        key = sha256(f"{kind} {name}".encode("utf-8", "surrogatepass")).hexdigest()
        return Counter(key, rate.attempts, self._now() + rate.seconds)

    async def _count(self, *counters: Counter) -> tuple[Counter | None, int]:
        """Count an attempt; return the counter that refuses it, and for how many seconds."""
        # One that refuses does so until it ends: nobody over a limit keeps the store busy.
        for counter in counters:
            left = self._refused.get(counter.key, 0) - self._now()
            if 0 < left <= counter.expires_at - self._now() + CLOCKS_DIFFER:
                return counter, left
        counted = await self._store.count(self._now(), *counters)
        (value, ends), counter = counted[-1], counters[len(counted) - 1]
        if value <= counter.limit:
            return None, 0
        if len(self._refused) >= _REMEMBERED:
            self._refused.clear()
        self._refused[counter.key] = ends
        return counter, max(1, ends - self._now())


def _network(host: str) -> str:
    """Return what one customer has: an IPv4 address, or 2**64 IPv6 addresses."""
    with suppress(ValueError):
        if isinstance(address := ip_address(host), IPv6Address):
            return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
    return host
