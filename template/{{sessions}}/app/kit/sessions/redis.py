"""Sessions in Redis or Valkey: a single server, Sentinel or Cluster.

A user's sessions are one hash: their ids, and each session as JSON. So what concerns a
user is one command at one key, in a cluster at one of its servers, and a server that is
short of memory drops all of a user's sessions or none. Their number costs a sign-in or
a request nothing; a list of ten thousand takes some megabytes.

A field of its own expiry would need Redis 7.4 or Valkey 9. So a session carries its
expiry, which whoever reads it looks at; the hash lives as long as its last session, and
each sign-in looks at ten others of it and takes out those that have expired.

A sign-in survives a crash with `appendonly yes` and `appendfsync always`. Set
`maxmemory-policy noeviction`: any other ends sessions when memory is short.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import RedisClusterException, RedisError

from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.loops import PerLoop
from app.kit.sessions.redis_clients import clients
from app.kit.sessions.session_store import RENEWED
from app.kit.sessions.store import CLOCKS_DIFFER, PATIENCE, Counter, Record, Store
from app.kit.sessions.tokens import place_in, place_of

# Stores `session` under the id ARGV[1], and lets the hash live as long as it.
_STORE = """
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(session))
local left = redis.call('TTL', KEYS[1])
if left < 0 or redis.call('TIME')[1] + left <= session.expires_at then
  redis.call('EXPIREAT', KEYS[1], session.expires_at)
end
return 1"""
# ARGV: id, session.
_ADD = f"""
local now = tonumber(redis.call('TIME')[1])
local others = redis.call('HRANDFIELD', KEYS[1], 10, 'WITHVALUES')
for n = 1, #others, 2 do
  if cjson.decode(others[n + 1]).expires_at <= now then
    redis.call('HDEL', KEYS[1], others[n])
  end
end
local session = cjson.decode(ARGV[2])
{_STORE}"""
# ARGV: id, what to change, what the condition compares.
_CHANGE_IF = f"""
local found = redis.call('HGET', KEYS[1], ARGV[1])
local session = found and cjson.decode(found)
if not session or not (CONDITION) then return 0 end
for name, value in pairs(cjson.decode(ARGV[2])) do session[name] = value end
{_STORE}"""
_TOUCH = _CHANGE_IF.replace("CONDITION", "session.seen_at < tonumber(ARGV[3])")
_CHANGE = _CHANGE_IF.replace("CONDITION", "session.version == tonumber(ARGV[3])")
_RENEW = _CHANGE_IF.replace("CONDITION", "session.secret_hash == ARGV[3]")
# ARGV: the id that stays, or "".
_REMOVE_ALL_BUT = f"""
local ended = redis.call('HLEN', KEYS[1])
local kept = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('UNLINK', KEYS[1])
if not kept then return ended end
local session = cjson.decode(kept)
{_STORE.replace("return 1", "return ended - 1")}"""
# ARGV: now, expiry if it starts now, by how much clocks may differ.
_COUNT = """
local ends = tonumber(redis.call('HGET', KEYS[1], 'expires_at') or 0)
if ends <= tonumber(ARGV[1]) or ends > ARGV[2] + ARGV[3] then
  ends = tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'value', 0, 'expires_at', ends)
end
local value = redis.call('HINCRBY', KEYS[1], 'value', 1)
redis.call('EXPIREAT', KEYS[1], ends)
return {value, ends}"""
# A TimeoutError is an OSError.
_FAULTS = (RedisError, RedisClusterException, OSError)
_BATCH = 1000
_sessions = "sessions:{}".format  # with the place of their user
_counter = "count:{}".format


class RedisStore(Store):
    """A store in the server, or the servers, that a URL names.

    Or one that is reached by a client of yours, which you close.
    """

    def __init__(self, server: str | Redis | RedisCluster) -> None:
        if isinstance(server, str):
            clients(server)  # raises where the driver cannot read it
            self._clients = PerLoop(lambda: clients(server), _close)
        else:
            self._clients = PerLoop(lambda: (server, []), _close)

    async def add(
        self, record: Record, expires_at: int, ends: Record | None = None
    ) -> None:
        commands: list[tuple[str | int, ...]] = []
        if ends is not None:
            commands.append(("HDEL", _sessions(place_of(ends.user)), ends.id))
        session = json.dumps({**record._asdict(), "expires_at": expires_at})
        key = _sessions(place_of(record.user))
        commands.append(("EVAL", _ADD, 1, key, record.id, session))
        await self._send(*commands)

    async def read(self, key: str) -> Record | None:
        found = await self._answer(self._client.hget(_sessions(place_in(key)), key))
        return _record(found) if found else None

    async def touch(self, record: Record, expires_at: int) -> None:
        changes = {"seen_at": record.seen_at, "expires_at": expires_at}
        await self._change_if(_TOUCH, record.id, changes, record.seen_at)

    async def change(self, key: str, version: int, data: str) -> bool:
        changes = {"version": version + 1, "data": data}
        return await self._change_if(_CHANGE, key, changes, version)

    async def renew(self, record: Record, expires_at: int) -> bool:
        changes = {name: getattr(record, name) for name in RENEWED}
        changes["expires_at"] = expires_at
        return await self._change_if(_RENEW, record.id, changes, record.old_secret_hash)

    async def remove(self, user: str, key: str) -> bool:
        [removed] = await self._send(("HDEL", _sessions(place_of(user)), key))
        return bool(removed)

    async def of_user(self, user: str) -> list[Record]:
        [found] = await self._send(("HVALS", _sessions(place_of(user))))
        records = map(_record, found)
        return sorted(records, key=lambda record: (-record.created_at, record.id))

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        return int(
            await self._run(_REMOVE_ALL_BUT, _sessions(place_of(user)), except_for)
        )

    async def clear(self) -> int:
        ended = 0
        async for keys in self._all_keys():
            commands = (("EVAL", _REMOVE_ALL_BUT, 1, key, "") for key in keys)
            ended += sum(await self._send(*commands))
        return ended

    async def remove_expired(self, now: int, limit: int) -> int:
        return 0  # `add` does it, and the server.

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        counted: list[tuple[int, int]] = []
        for key, limit, expires_at in counters:
            value, ends = await self._run(
                _COUNT, _counter(key), now, expires_at, CLOCKS_DIFFER
            )
            counted.append((value, ends))
            if value > limit:
                break
        return counted

    async def forget_count(self, key: str) -> None:
        await self._send(("DEL", _counter(key)))

    async def remove_expired_counters(self, now: int, limit: int) -> int:
        return 0  # The server does it.

    async def close(self) -> None:
        await self._clients.close()

    @property
    def _client(self) -> Any:
        client, _ = self._clients.get()
        return client

    async def _change_if(
        self, script: str, key: str, changes: dict[str, Any], compared: str | int
    ) -> bool:
        hashed = _sessions(place_in(key))
        return bool(await self._run(script, hashed, key, json.dumps(changes), compared))

    async def _all_keys(self) -> AsyncIterator[list[str]]:
        """Yield the keys of all users' sessions, in batches."""
        keys = aiter(self._client.scan_iter(_sessions("*"), count=_BATCH))
        batch: list[str] = []
        while (key := await self._answer(anext(keys, None))) is not None:
            batch.append(key)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        yield batch

    async def _run(self, script: str, key: str, *values: str | int) -> Any:
        [answer] = await self._send(("EVAL", script, 1, key, *values))
        return answer

    async def _send(self, *commands: tuple[str | int, ...]) -> list[Any]:
        """Send commands in one round trip; return their answers."""
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = await self._answer(pipeline.execute()) if commands else []
        return answers

    async def _answer(self, command: Awaitable[Any] | Any) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                return await command
        except _FAULTS as error:
            cause = str(error).partition(", with args")[0]  # of HELLO: the password
            raise StoreUnavailableError(f"{type(error).__name__}: {cause}") from None


def _record(text: str | bytes) -> Record:
    # Another release may have stored fields that this one does not know, or lacks some.
    fields = json.loads(text)
    return Record(**{name: fields[name] for name in Record._fields if name in fields})


async def _close(made: tuple[Any, list[Any]]) -> None:
    for client in made[1]:
        await client.aclose()
