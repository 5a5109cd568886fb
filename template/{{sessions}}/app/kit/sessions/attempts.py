"""Throttling: no more guesses at passwords than the settings allow (ASVS 6.1.1, 6.3.1).

Attempts are counted in the store, before the password is checked.
"""

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
    "Many attempts to sign in, or forwarded attempts, come from %s. If that is your "
    "proxy, name it in FORWARDED_ALLOW_IPS. Until then all visitors share one limit, "
    "and can lock each other out."
)
_REMEMBERED = 10_000  # refusals, in each process: one or two MiB


class Attempts(Generic[AnyUser]):
    """Checks passwords, within limits.

    Attempts to sign in are limited per user and per address, attempts to confirm per
    session: so nobody else can use those up.
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
        self._refused: dict[str, int] = {}  # ends of counters over their limit

    async def authenticate(
        self, name: str, password: str, connection: HTTPConnection
    ) -> AnyUser:
        """Return the user of this name if the password is right; else 401 or 429."""
        # The server takes the address from X-Forwarded-For, if a proxy that it trusts
        # sent the request. Other proxies pass for the visitor themselves.
        address = connection.client.host if connection.client else ""
        by_address = self._counter(self._per_address, "address", _network(address))
        by_user = self._counter(self._per_user, "user", self._users.attempt_key(name))
        # The address comes first: once over its limit, it uses up no user's attempts.
        refusing, seconds = await self._count(by_address, by_user)
        if refusing is by_address or _was_forwarded(connection, address):
            self._warn_of_a_proxy(address)
        if refusing:
            raise TooManyAttemptsError(seconds)
        user = await self._users.authenticate(name, password)
        if user is None:
            raise HTTPException(401, "No user has this name and this password.")
        # The address's count stays: else whoever has an account could guess at others
        # for ever, by signing in now and then.
        self._refused.pop(by_user.key, None)
        await self._store.forget_count(by_user.key)
        return user

    async def reauthenticate(
        self, session_id: str, user: User, name: str, password: str
    ) -> None:
        """Answer 401 or 429 unless `user`, who is called `name`, has this password."""
        by_session = self._counter(self._per_user, "session", session_id)
        refusing, seconds = await self._count(by_session)
        if refusing:
            raise TooManyAttemptsError(seconds)
        found = await self._users.authenticate(name, password)
        if found is None or found.id != user.id:
            raise HTTPException(401, "This is not your password.")

    def _counter(self, rate: Rate, kind: str, name: str) -> Counter:
        # Hashed: a client can send what no store keeps, such as half a surrogate pair.
        text = f"{kind} {name}".encode("utf-8", "surrogatepass")
        return Counter(
            key=sha256(text).hexdigest(),
            limit=rate.attempts,
            expires_at=self._now() + rate.seconds,
        )

    async def _count(self, *counters: Counter) -> tuple[Counter | None, int]:
        """Count an attempt.

        Return the counter that refuses it, and for how many seconds more; else None, 0.
        """
        now = self._now()
        # A counter over its limit refuses until it ends. That is remembered here, so
        # that whoever goes on trying does not keep the store busy.
        for counter in counters:
            left = self._refused.get(counter.key, 0) - now
            if 0 < left <= counter.expires_at - now + CLOCKS_DIFFER:
                return counter, left
        counted = await self._store.count(now, *counters)
        counter = counters[len(counted) - 1]
        value, ends = counted[-1]
        if value <= counter.limit:
            return None, 0
        if len(self._refused) >= _REMEMBERED:
            self._refused.clear()
        self._refused[counter.key] = ends
        return counter, max(1, ends - now)

    def _warn_of_a_proxy(self, address: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            logging.getLogger(__name__).warning(_PROXY, address or "no address")


def _was_forwarded(connection: HTTPConnection, address: str) -> bool:
    """Return whether a proxy that the server does not trust forwarded the request."""
    header = connection.headers.get("x-forwarded-for", address)
    return address not in header.replace(" ", "").split(",")


def _network(host: str) -> str:
    """Return what a provider gives one customer: an IPv4 address, or an IPv6 /64."""
    with suppress(ValueError):
        address = ip_address(host)
        if isinstance(address, IPv6Address):
            mapped = address.ipv4_mapped
            return str(mapped or ip_network((int(address), 64), strict=False))
    return host
