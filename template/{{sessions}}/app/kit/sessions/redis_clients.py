"""Which URL is which client of Redis or Valkey."""

from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from app.kit.sessions.store import PATIENCE

_OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": PATIENCE,
    "max_connections": 10_000,  # At its limit a client fails; it does not wait.
}


def clients(url: str) -> tuple[Any, list[Any]]:
    """Return the client for the data, and all clients that have to be closed.

    Raises anything where the driver cannot read the URL.
    """
    scheme, _, rest = url.partition("://")
    tls, _, kind = scheme.partition("+")
    if kind == "cluster":
        cluster = _cluster(f"{tls}://{rest}")
        return cluster, [cluster]
    if kind == "sentinel":
        return _sentinel(url, ssl=tls == "rediss")
    server = _server(url)
    return server, [server]


def _server(url: str) -> Redis:
    client = Redis.from_url(url, **_OPTIONS)
    # Not used: the driver reads some options only when it connects.
    pool = client.connection_pool
    pool.connection_class(**pool.connection_kwargs)
    return client


def _cluster(url: str) -> RedisCluster:
    # No retries: a script whose answer was lost would run twice.
    return RedisCluster.from_url(url, retry=Retry(NoBackoff(), 0), **_OPTIONS)


def _sentinel(url: str, ssl: bool) -> tuple[Any, list[Any]]:
    parts = urlsplit(url)
    addresses = parts.netloc.rpartition("@")[2].split(",")
    hosts = [address.rpartition(":") for address in addresses]
    master_name, _, database = parts.path.strip("/").partition("/")
    options = {**_OPTIONS, "ssl": ssl}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [(host.strip("[]"), int(port)) for host, _, port in hosts],
        sentinel_kwargs=options,
        username=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        db=int(database or 0),
        **options,
    )
    master = sentinel.master_for(master_name)
    return master, [master, *sentinel.sentinels]
