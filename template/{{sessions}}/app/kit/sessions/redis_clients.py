"""Which URL is which client of Redis or Valkey."""

from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from app.kit.sessions.store import PATIENCE


def clients(url: str) -> tuple[Any, list[Any]]:
    """Return the client for the data, and all that have to be closed."""
    options: dict[str, Any] = {"socket_connect_timeout": PATIENCE}
    options["max_connections"] = 10_000  # At its limit it fails; it does not wait.
    scheme, _, rest = url.partition("://")
    tls, _, kind = scheme.partition("+")
    if kind == "cluster":
        # No retries: a script whose answer was lost would run twice.
        retry = Retry(NoBackoff(), 0)
        cluster = RedisCluster.from_url(f"{tls}://{rest}", retry=retry, **options)
        return cluster, [cluster]
    if kind != "sentinel":
        client = Redis.from_url(url, **options)
        # Raises where the driver cannot read an option.
        pool = client.connection_pool
        pool.connection_class(**pool.connection_kwargs)
        return client, [client]
    parts = urlsplit(url)
    addresses = parts.netloc.rpartition("@")[2].split(",")
    hosts = [address.rpartition(":") for address in addresses]
    name, _, database = parts.path.strip("/").partition("/")
    options["ssl"] = tls == "rediss"
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [(host.strip("[]"), int(port)) for host, _, port in hosts],
        sentinel_kwargs=options,
        username=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        db=int(database or 0),
        **options,
    )
    master = sentinel.master_for(name)
    return master, [master, *sentinel.sentinels]
