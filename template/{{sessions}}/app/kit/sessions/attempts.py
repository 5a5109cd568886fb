"""Throttling: no more guesses at passwords than the settings allow (ASVS 6.1.1, 6.3.1).

Attempts are counted before the password is checked, so that parallel ones do not
exceed the limit. The store counts them, for all processes.
"""

import logging
from collections.abc import Callable
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Generic

from fastapi.requests import HTTPConnection
from starlette.exceptions import HTTPException

from app.kit.sessions.counter_store import CLOCKS_DIFFER, Counter, CounterStore
from app.kit.sessions.errors import TooManyAttemptsError
from app.kit.sessions.settings import Rate, SessionSettings, read_rate
from app.kit.sessions.users import AnyUser, User, Users

_PROXY_WARNING = (
    "Too many attempts to sign in come from %s, or it forwards them for others. If it "
    "is your proxy, name it in FORWARDED_ALLOW_IPS. Until then all visitors share one "
    "limit, and can lock each other out. If it is not, ignore this."
)
_MAX_REMEMBERED = 10_000  # refusals in each process, which take one or two MiB


class Attempts(Generic[AnyUser]):
    """Checks passwords, within limits.

    Attempts to sign in are limited per user and per address. Attempts to confirm the
    password are limited per session, so that nobody else can use them up.
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
        self._refused_until: dict[str, int] = {}  # by key of a counter over its limit

    async def authenticate(
        self, name: str, password: str, connection: HTTPConnection
    ) -> AnyUser:
        """Return the user of this name if the password is right.

        Raises a 401 if it is wrong, and a 429 after too many attempts.
        """
        # The server takes the address from X-Forwarded-For, if a proxy that it trusts
        # sent the request. The address of any other proxy is taken for the visitor's.
        address = connection.client.host if connection.client else ""
        by_address = self._counter(self._per_address, "address", _network(address))
        by_user = self._counter(self._per_user, "user", self._users.attempt_key(name))
        # The address comes first: counting stops at a counter over its limit, so such
        # an address uses up no user's attempts.
        refused_by, seconds = await self._count_attempt(by_address, by_user)
        if refused_by is by_address or _was_forwarded(connection, address):
            self._warn_of_a_proxy(address)
        if refused_by is not None:
            raise TooManyAttemptsError(seconds)
        user = await self._users.authenticate(name, password)
        if user is None:
            raise HTTPException(401, "No user has this name and this password.")
        # The address's count stays. Otherwise somebody with an account could guess the
        # passwords of others without end, by signing in now and then.
        self._refused_until.pop(by_user.key, None)  # of an attempt at the same time
        await self._store.forget_count(by_user.key)
        return user

    async def reauthenticate(
        self, session_id: str, user: User, name: str, password: str
    ) -> None:
        """Raise a 401 unless `user` has this password, a 429 after too many attempts.

        `name` is what `user` signs in with. As many attempts as to sign in are allowed,
        right ones included.
        """
        by_session = self._counter(self._per_user, "session", session_id)
        refused_by, seconds = await self._count_attempt(by_session)
        if refused_by is not None:
            raise TooManyAttemptsError(seconds)
        found = await self._users.authenticate(name, password)
        if found is None or found.id != user.id:
            raise HTTPException(401, "This is not your password.")

    def _counter(self, rate: Rate, kind: str, name: str) -> Counter:
        # Hashed: a client can send text that stores cannot hold: a lone surrogate.
        named = f"{kind} {name}".encode("utf-8", "surrogatepass")
        return Counter(
            key=sha256(named).hexdigest(),
            limit=rate.attempts,
            expires_at=self._now() + rate.seconds,
        )

    async def _count_attempt(self, *counters: Counter) -> tuple[Counter | None, int]:
        """Count an attempt with these counters.

        Return the one that refuses it and the seconds until that ends, or None and 0.
        """
        now = self._now()
        # A counter over its limit refuses until it ends. That is remembered here, so
        # that whoever goes on trying does not keep the store busy.
        for counter in counters:
            left = self._refused_until.get(counter.key, 0) - now
            # More is left only if this clock was set back. Then the store is asked.
            most = counter.expires_at - now + CLOCKS_DIFFER
            if 0 < left <= most:
                return counter, left
        counted = await self._store.count(now, *counters)
        # The store stops at the first counter over its limit: only the last can be.
        counter = counters[len(counted) - 1]
        value, ends_at = counted[-1]
        if value <= counter.limit:
            return None, 0
        if len(self._refused_until) >= _MAX_REMEMBERED:
            self._refused_until.clear()  # the store still refuses them
        self._refused_until[counter.key] = ends_at
        return counter, max(1, ends_at - now)

    def _warn_of_a_proxy(self, address: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            logging.getLogger(__name__).warning(_PROXY_WARNING, address or "no address")


def _was_forwarded(connection: HTTPConnection, address: str) -> bool:
    """Return whether a proxy that the server does not trust may have forwarded this."""
    header = connection.headers.get("x-forwarded-for")
    if header is None:
        return False
    # From a proxy that it trusts, the server would have taken the address in it.
    return address not in header.replace(" ", "").split(",")


def _network(host: str) -> str:
    """Return what a provider gives one customer: an IPv4 address, or an IPv6 /64.

    A host that is no address is returned as it is.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))  # int: without a zone
