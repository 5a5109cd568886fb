"""Signing in: who it is, and no more guesses than the settings allow."""

from ipaddress import IPv4Address, ip_address, ip_network
from typing import Annotated, Final

from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from app.sessions import Sessions
from app.sessions.store import StoreUnavailableError
from app.users import User, Users


class SignIn:
    """Checks passwords, and counts the attempts per user and per address in the session store.

    A success forgives the user's attempts, but not the address's: with an account of one's own
    one could otherwise guess at others for ever. A limit per user lets anyone keep a user from
    signing in for a while; ASVS 6.1.1 wants such a choice documented, and README.md does.
    """

    def __init__(
        self, users: Users, sessions: Sessions, *, per_user: str, per_address: str
    ) -> None:
        self._users: Final = users
        self._sessions: Final = sessions
        self._per_user: Final = parse(per_user)
        self._per_address: Final = parse(per_address)
        self._limiter: Final = FixedWindowRateLimiter(_Counters(sessions))

    async def authenticate(self, name: str, password: str, connection: HTTPConnection) -> User:
        """Return the user of this name, whose password this is; count the attempt.

        Raises:
            HTTPException: 401, there is no such user or it has another password; 429, there were
                too many attempts.
        """
        # The server takes the address from X-Forwarded-For, from the proxies that it trusts only.
        address = _network(connection.client.host if connection.client else "")
        await self._count(self._per_address, "address", address)
        await self._count(self._per_user, "user", name)
        user = await self._users.authenticate(name, password)
        if user is None:
            raise HTTPException(401, "No user has this name and this password.")
        await self._limiter.clear(self._per_user, "user", name)
        return user

    async def _count(self, limit: RateLimitItem, *key: str) -> None:
        if not await self._limiter.hit(limit, *key):
            window = await self._limiter.get_window_stats(limit, *key)
            seconds = max(1, int(window.reset_time) - self._sessions.now())
            raise HTTPException(
                429,
                f"Too many attempts to sign in. Try again in {seconds} seconds.",
                {"Retry-After": str(seconds)},
            )


def _network(host: str) -> str:
    """Return what one customer has: an IPv4 address, or 2**64 IPv6 addresses."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))


class _Counters(Storage):
    """What `limits` counts with. It brings no storage for SQLite or PostgreSQL."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__()
        self._sessions: Final = sessions

    @property
    def base_exceptions(self) -> type[Exception]:
        return StoreUnavailableError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return (await self._count(key, amount, expiry))[0]

    async def get(self, key: str) -> int:
        return (await self._count(key, 0, 0))[0]

    async def get_expiry(self, key: str) -> float:
        return (await self._count(key, 0, 0))[1]

    async def check(self) -> bool:
        await self.get("check")
        return True

    async def reset(self) -> None:
        raise StoreUnavailableError("counters are not reset; they end by themselves")

    async def clear(self, key: str) -> None:
        await self._sessions.store.forget_count(key)

    async def _count(self, key: str, amount: int, seconds: int) -> tuple[int, int]:
        now = self._sessions.now()
        return await self._sessions.store.count(key, amount, now, now + seconds)


async def get_sign_in(connection: HTTPConnection) -> SignIn:
    """Return what checks passwords."""
    sign_in: SignIn = connection.app.state.sign_in
    return sign_in


SignInDep = Annotated[SignIn, Depends(get_sign_in)]
