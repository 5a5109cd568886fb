"""Sessions in Redis or Valkey: a single server, Sentinel or Cluster.

A session is one hash, found by its id. The set of a user's sessions stands in another slot of a
cluster, so it is written first and may name sessions that are gone; reading it skips those.
Scripts touch one key each. For a sign-in that was answered to survive a crash the server needs
`appendonly yes` and `appendfsync always`.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.sessions.store import PATIENCE, Record, StoreUnavailableError, record_from

# ARGV: expiry, then field, value, ...
_ADD: Final = """
redis.call('HSET', KEYS[1], unpack(ARGV, 2)); redis.call('EXPIREAT', KEYS[1], ARGV[1]) return 1"""
# ARGV: id, its expiry, now. The set lives as long as the longest of its sessions.
_INDEX: Final = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('EXPIREAT', KEYS[1], last[2])
return 1"""
_TOUCH: Final = """
if tonumber(redis.call('HGET', KEYS[1], 'seen_at') or ARGV[1]) >= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'seen_at', ARGV[1])
redis.call('EXPIREAT', KEYS[1], ARGV[2])
return 1"""
_CHANGE: Final = """
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'version', 1)
return 1"""
_REMOVE_VERSION: Final = """
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])"""
# ARGV: amount, now, expiry.
_COUNT: Final = """
local value, ends = 0, tonumber(redis.call('HGET', KEYS[1], 'expires_at') or 0)
if ends > tonumber(ARGV[2]) then
  value = tonumber(redis.call('HGET', KEYS[1], 'value'))
else
  ends = tonumber(ARGV[3])
end
value = value + tonumber(ARGV[1])
redis.call('HSET', KEYS[1], 'value', value, 'expires_at', ends)
redis.call('EXPIREAT', KEYS[1], ends)
return {value, ends}"""


class RedisStore:
    """A store in the server, or the servers, that `url` names."""

    def __init__(self, url: str) -> None:
        self._client, self._others = _clients(url)

    async def add(self, record: Record, expires_at: int) -> None:
        # The set first: a session that it does not name could not be ended with the others.
        await self._index(record, expires_at)
        fields = [text for pair in record._asdict().items() for text in pair]
        await self._run(_ADD, _session(record.id), expires_at, *fields)

    async def read(self, key: str) -> Record | None:
        fields = await self._answer(self._client.hgetall(_session(key)))
        return record_from(fields) if fields else None

    async def touch(self, record: Record, expires_at: int) -> None:
        # The set has to name the session for as long as that lives.
        await self._index(record, expires_at)
        await self._run(_TOUCH, _session(record.id), record.seen_at, expires_at)

    async def change(self, key: str, version: int, data: str) -> bool:
        return bool(await self._run(_CHANGE, _session(key), version, data))

    async def replace(self, key: str, version: int, record: Record, expires_at: int) -> bool:
        await self.add(record, expires_at)
        # Nobody has the new token yet; whoever ends the old session first wins.
        if await self._run(_REMOVE_VERSION, _session(key), version):
            return True
        await self.remove(record.id)
        return False

    async def remove(self, key: str) -> bool:
        return bool(await self._answer(self._client.delete(_session(key))))

    async def of_user(self, user: str) -> list[Record]:
        keys = await self._answer(self._client.zrange(_sessions_of(user), 0, -1))
        found = [await self.read(key) for key in keys]
        records = [record for record in found if record is not None and record.user == user]
        return sorted(records, key=lambda record: (-record.created_at, record.id))

    async def remove_of_user(self, user: str, keep: str = "") -> int:
        # Until two looks in a row find none: a session that is being renewed has two ids.
        ended = quiet = 0
        while quiet < 2:
            found = [each.id for each in await self.of_user(user) if each.id != keep]
            ended += sum([await self.remove(key) for key in found])
            quiet = 0 if found else quiet + 1
        return ended

    async def clear(self) -> int:
        keys = aiter(self._client.scan_iter(_session("*"), count=1000))
        ended = 0
        while (key := await self._answer(anext(keys, None))) is not None:
            ended += await self._answer(self._client.delete(key))
        return ended

    async def remove_expired(self, now: int, limit: int) -> int:
        return 0  # The server does it.

    async def count(self, key: str, amount: int, now: int, expires_at: int) -> tuple[int, int]:
        value, expiry = await self._run(_COUNT, f"count:{key}", amount, now, expires_at)
        return value, expiry

    async def forget_count(self, key: str) -> None:
        await self._answer(self._client.delete(f"count:{key}"))

    async def close(self) -> None:
        for client in (self._client, *self._others):
            await client.aclose()

    async def _index(self, record: Record, expires_at: int) -> None:
        key = _sessions_of(record.user)
        await self._run(_INDEX, key, record.id, expires_at, record.seen_at)

    async def _run(self, script: str, key: str, *values: str | int) -> Any:
        return await self._answer(self._client.eval(script, 1, key, *values))

    async def _answer(self, command: Awaitable[Any] | Any) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                return await command
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            raise StoreUnavailableError(repr(error)) from None


def _session(key: str) -> str:
    return f"session:{key}"


def _sessions_of(user: str) -> str:
    return f"sessions-of:{user}"


def _clients(url: str) -> tuple[Any, list[Any]]:
    """Return the client for the data, and those for the sentinels.

    Sentinel: `redis+sentinel://user:password@host:26379,host2:26379/name-of-the-master/0`.
    Cluster: `redis+cluster://host:6379`, any node of it.
    """
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_connect_timeout": PATIENCE,
        "max_connections": 10_000,  # At its limit the client fails; it does not wait.
    }
    scheme, _, rest = url.partition("://")
    tls, _, kind = scheme.partition("+")
    if kind == "cluster":
        # No retries: a script whose answer was lost would run twice.
        options["retry"] = Retry(NoBackoff(), 0)
        return RedisCluster.from_url(f"{tls}://{rest}", **options), []
    if kind != "sentinel":
        return Redis.from_url(url, **options), []
    parts = urlsplit(url)
    hosts = [host.rpartition(":") for host in parts.netloc.rpartition("@")[2].split(",")]
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
    return sentinel.master_for(name), sentinel.sentinels
