"""Sessions in Redis or Valkey: a single server, Sentinel or Cluster.

A session is one hash. The index of a user's sessions stands in another slot of a cluster, so it is
written first and may name sessions that are gone. Scripts touch one key each.

A sign-in survives a crash with `appendonly yes` and `appendfsync always`. Set `maxmemory-policy
noeviction`: any other drops sessions when memory is short, or an index. Where an index may be
incomplete, all sessions are looked through, so that a user's sessions end all the same.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.loops import PerLoop
from app.kit.sessions.store import CLOCKS_DIFFER, PATIENCE, Counter, Record, Store

# ARGV: expiry, then field, value, ...
_ADD = """
redis.call('HSET', KEYS[1], unpack(ARGV, 2)); redis.call('EXPIREAT', KEYS[1], ARGV[1]) return 1"""
# ARGV: id, its expiry, now, an id that the index has to name already: else the server dropped it,
# and the member "?" marks the new one as incomplete. It lives as long as its longest session.
_INDEX = """
if ARGV[4] ~= '' and not redis.call('ZSCORE', KEYS[1], ARGV[4]) then
  redis.call('ZADD', KEYS[1], ARGV[2], '?')
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
return redis.call('EXPIREAT', KEYS[1], last[2])"""
# ARGV: ids to take out first. Returns the others, and how many keys this server has dropped.
_LOOK = """
if #ARGV > 0 then redis.call('ZREM', KEYS[1], unpack(ARGV)) end
local stats = redis.pcall('INFO', 'stats')
local dropped = type(stats) == 'string' and string.match(stats, 'evicted_keys:(%d+)') or 0
return {redis.call('ZRANGE', KEYS[1], 0, -1), tonumber(dropped)}"""
_TOUCH = """
local seen = redis.call('HGET', KEYS[1], 'seen_at')
if not seen or tonumber(seen) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'seen_at', ARGV[1])
return redis.call('EXPIREAT', KEYS[1], ARGV[2])"""
_CHANGE = """
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'version', 1)"""
_REMOVE_VERSION = """
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])"""
# ARGV: now, expiry if it starts now.
_COUNT = """
local ends = tonumber(redis.call('HGET', KEYS[1], 'expires_at') or 0)
if ends <= tonumber(ARGV[1]) or ends > ARGV[2] + CLOCKS_DIFFER then
  ends = tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'value', 0, 'expires_at', ends)
end
local value = redis.call('HINCRBY', KEYS[1], 'value', 1)
redis.call('EXPIREAT', KEYS[1], ends)
return {value, ends}""".replace("CLOCKS_DIFFER", str(CLOCKS_DIFFER))
_FAULTS = (RedisError, RedisClusterException, OSError)  # a TimeoutError is an OSError
_COMMANDS = {"DEL", "HGET", "HGETALL"}
_BATCH = 1000
_session = "session:{}".format
_index_of = "sessions-of:{}".format


class RedisStore(Store):
    """A store in the server, or the servers, that `url` names."""

    def __init__(self, url: str) -> None:
        _clients(url)  # raises where the driver cannot read it
        self._clients = PerLoop(lambda: _clients(url), _close)

    async def add(self, record: Record, expires_at: int, named: str = "") -> None:
        # The index first: what it does not name could not be ended with the others.
        fields = [text for pair in record._asdict().items() for text in pair]
        index = (_INDEX, _index_of(record.user), record.id, expires_at, record.seen_at, named)
        await self._send(index, (_ADD, _session(record.id), expires_at, *fields))

    async def read(self, key: str) -> Record | None:
        client, _ = self._clients.get()
        return _record(await self._answer(client.hgetall(_session(key))))

    async def touch(self, record: Record, expires_at: int) -> None:
        # The index has to name the session for as long as that lives.
        index = (_INDEX, _index_of(record.user), record.id, expires_at, record.seen_at, record.id)
        await self._send(index, (_TOUCH, _session(record.id), record.seen_at, expires_at))

    async def change(self, key: str, version: int, data: str) -> bool:
        return bool(await self._run(_CHANGE, _session(key), version, data))

    async def replace(self, old: Record, new: Record, expires_at: int) -> bool:
        await self.add(new, expires_at, old.id if old.user == new.user else "")
        # Nobody has the new token yet; whoever ends the old session first wins.
        if await self._run(_REMOVE_VERSION, _session(old.id), old.version):
            await self._run(_LOOK, _index_of(old.user), old.id)
            return True
        await self.remove(new)
        return False

    async def remove(self, record: Record) -> bool:
        look = (_LOOK, _index_of(record.user), record.id)
        return bool((await self._send(("DEL", _session(record.id)), look))[0])

    async def of_user(self, user: str) -> list[Record]:
        keys = await self._keys_of(user)
        found = map(_record, await self._send(*(("HGETALL", _session(key)) for key in keys)))
        records = [record for record in found if record is not None and record.user == user]
        return sorted(records, key=lambda record: (-record.created_at, record.id))

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        # A session that is being renewed has two ids, and may be found under neither. So this looks
        # again, until it finds nothing that it has not tried to end twice.
        ended: list[str] = []
        tries: dict[str, int] = {}
        keys = await self._keys_of(user, except_for)
        while any(tries.get(key, 0) < 2 for key in keys):
            tries |= {key: tries.get(key, 0) + 1 for key in keys}
            outcomes = await self._send(*(("DEL", _session(key)) for key in keys))
            gone = [key for key, outcome in zip(keys, outcomes, strict=True) if outcome]
            ended += gone
            named, _ = await self._run(_LOOK, _index_of(user), *gone)
            keys = set(named) - {"?", except_for, *ended}
        return len(ended)

    async def clear(self) -> int:
        ended = 0
        async for keys in self._all_keys():
            ended += sum(await self._send(*(("DEL", key) for key in keys)))
        return ended

    async def remove_expired(self, now: int, limit: int) -> int:
        return 0  # The server does it.

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        counted: list[tuple[int, int]] = []
        for counter in counters:
            value, ends = await self._run(_COUNT, f"count:{counter.key}", now, counter.expires_at)
            counted.append((value, ends))
            if value > counter.limit:
                break
        return counted

    async def forget_count(self, key: str) -> None:
        await self._send(("DEL", f"count:{key}"))

    async def close(self) -> None:
        await self._clients.close()

    async def _keys_of(self, user: str, known: str = "") -> set[str]:
        """Return the ids of a user's sessions, and of some that are gone; but not `known`."""
        named, dropped = await self._run(_LOOK, _index_of(user))
        keys = set(named)
        if dropped or not keys or "?" in keys or (known and known not in keys):
            async for found in self._all_keys():
                users = await self._send(*(("HGET", key, "user") for key in found))
                pairs = zip(found, users, strict=True)
                keys |= {key.partition(":")[2] for key, whose in pairs if whose == user}
        return keys - {"?", known}

    async def _all_keys(self) -> AsyncIterator[list[str]]:
        """Yield the keys of all sessions, in batches."""
        client, _ = self._clients.get()
        keys = aiter(client.scan_iter(_session("*"), count=_BATCH))
        batch: list[str] = []
        while (key := await self._answer(anext(keys, None))) is not None:
            batch.append(key)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        yield batch

    async def _run(self, script: str, key: str, *values: str | int) -> Any:
        return (await self._send((script, key, *values)))[0]

    async def _send(self, *commands: tuple[str | int, ...]) -> Any:
        """Send commands, or scripts with their key and values, in one round trip."""
        client, _ = self._clients.get()
        pipeline = client.pipeline(transaction=False)
        for name, *values in commands:
            start = (name,) if name in _COMMANDS else ("EVAL", name, 1)
            pipeline.execute_command(*start, *values)
        return await self._answer(pipeline.execute()) if commands else []

    async def _answer(self, command: Awaitable[Any] | Any) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                return await command
        except _FAULTS as error:
            cause = str(error).partition(", with args")[0]  # of HELLO: the password
            raise StoreUnavailableError(f"{type(error).__name__}: {cause}") from None


def _record(fields: Mapping[str, str]) -> Record | None:
    # Another release may have written fields that this one lacks.
    kinds = Record.__annotations__.items()
    return Record(**{name: kind(fields[name]) for name, kind in kinds}) if fields else None


def _clients(url: str) -> tuple[Any, list[Any]]:
    """Return the client for the data, and those for the sentinels."""
    options: dict[str, Any] = {"decode_responses": True, "socket_connect_timeout": PATIENCE}
    options["max_connections"] = 10_000  # At its limit the client fails; it does not wait.
    scheme, _, rest = url.partition("://")
    tls, _, kind = scheme.partition("+")
    if kind == "cluster":
        # No retries: a script whose answer was lost would run twice.
        return RedisCluster.from_url(f"{tls}://{rest}", retry=Retry(NoBackoff(), 0), **options), []
    if kind != "sentinel":
        client = Redis.from_url(url, **options)
        client.connection_pool.connection_class(**client.connection_pool.connection_kwargs)
        return client, []
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


async def _close(clients: tuple[Any, list[Any]]) -> None:
    for client in (clients[0], *clients[1]):
        await client.aclose()
