"""Sessions in Redis or Valkey: a single server, Sentinel or Cluster.

A user's sessions lie in one hash: each as JSON, under its id. So whatever concerns a
user is one command at one key, which in a cluster is one server. A server that is short
of memory drops all of a user's sessions or none. Reading one, or signing in, costs the
same however many a user has; a list of ten thousand takes some megabytes.

Only Redis 7.4 and Valkey 9 can expire a single field of a hash. So each session carries
its expiry, which is checked when it is read. The hash lives until the last of its
sessions expires, and each sign-in removes expired ones among ten others.

Sign-ins survive a crash with `appendonly yes` and `appendfsync always`. Set
`maxmemory-policy noeviction`: any other policy ends sessions when memory is short.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import RedisClusterException, RedisError

from app.kit.sessions import redis_scripts
from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.loops import PerLoop
from app.kit.sessions.redis_clients import clients
from app.kit.sessions.session_store import RENEWED
from app.kit.sessions.store import PATIENCE, Counter, Record, Store
from app.kit.sessions.tokens import place_in, place_of

_FAULTS = (RedisError, RedisClusterException, OSError)  # TimeoutError is an OSError
_BATCH = 1000  # keys


class RedisStore(Store):
    """A store in the server, or the servers, that a URL names.

    Or one that is reached by a client of yours, which you close.
    """

    def __init__(self, server: str | Redis | RedisCluster) -> None:
        if isinstance(server, str):
            clients(server)  # raises where the driver cannot read it
            self._clients = PerLoop(lambda: clients(server), _close_all)
        else:
            self._clients = PerLoop(lambda: (server, []), _close_all)

    async def add(
        self, record: Record, expires_at: int, ends: Record | None = None
    ) -> None:
        session = json.dumps({**record._asdict(), "expires_at": expires_at})
        key = _sessions_of(record.user)
        adding = _eval(redis_scripts.ADD, key, record.id, session)
        if ends is None:
            await self._send(adding)
        else:
            ending = ("HDEL", _sessions_of(ends.user), ends.id)
            await self._send(ending, adding)

    async def read(self, key: str) -> Record | None:
        found = await self._answer(self._client.hget(_sessions_with(key), key))
        return _record(found) if found else None

    async def touch(self, record: Record, expires_at: int) -> None:
        changes = {"seen_at": record.seen_at, "expires_at": expires_at}
        await self._change(redis_scripts.TOUCH, record.id, changes, record.seen_at)

    async def change(self, key: str, version: int, data: str) -> bool:
        changes = {"version": version + 1, "data": data}
        return await self._change(redis_scripts.CHANGE, key, changes, version)

    async def renew(self, record: Record, expires_at: int) -> bool:
        changes = {name: getattr(record, name) for name in RENEWED}
        changes["expires_at"] = expires_at
        old = record.old_secret_hash
        return await self._change(redis_scripts.RENEW, record.id, changes, old)

    async def remove(self, user: str, key: str) -> bool:
        [removed] = await self._send(("HDEL", _sessions_of(user), key))
        return bool(removed)

    async def of_user(self, user: str) -> list[Record]:
        [found] = await self._send(("HVALS", _sessions_of(user)))
        records = map(_record, found)
        return sorted(records, key=lambda record: (-record.created_at, record.id))

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        key = _sessions_of(user)
        [ended] = await self._send(_eval(redis_scripts.REMOVE_ALL_BUT, key, except_for))
        return int(ended)

    async def clear(self) -> int:
        ended = 0
        async for keys in self._keys_of_all_users():
            commands = [_eval(redis_scripts.REMOVE_ALL_BUT, key, "") for key in keys]
            ended += sum(await self._send(*commands))
        return ended

    async def remove_expired(self, now: int, limit: int) -> int:
        return 0  # `add` does it, and the server.

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        counted: list[tuple[int, int]] = []
        for key, limit, expires_at in counters:
            counting = _eval(redis_scripts.COUNT, _counter(key), now, expires_at)
            [(value, ends)] = await self._send(counting)
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

    async def _change(
        self, script: str, key: str, changes: dict[str, Any], expected: str | int
    ) -> bool:
        """Change a session if it is as the script expects; return whether."""
        text = json.dumps(changes)
        [changed] = await self._send(
            _eval(script, _sessions_with(key), key, text, expected)
        )
        return bool(changed)

    async def _keys_of_all_users(self) -> AsyncIterator[list[str]]:
        """Yield the keys of the hashes, in batches."""
        keys = aiter(self._client.scan_iter("sessions:*", count=_BATCH))
        batch: list[str] = []
        while (key := await self._answer(anext(keys, None))) is not None:
            batch.append(key)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        yield batch

    async def _send(self, *commands: tuple[str | int, ...]) -> list[Any]:
        """Send commands in one round trip; return their answers."""
        if not commands:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = await self._answer(pipeline.execute())
        return answers

    async def _answer(self, command: Awaitable[Any] | Any) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                return await command
        except _FAULTS as error:
            # Some servers repeat the arguments of HELLO, and so the password.
            cause = str(error).partition(", with args")[0]
            raise StoreUnavailableError(f"{type(error).__name__}: {cause}") from None


def _sessions_of(user: str) -> str:
    """Return the key of the hash with this user's sessions."""
    return f"sessions:{place_of(user)}"


def _sessions_with(session_id: str) -> str:
    """Return the key of the hash in which the session of this id is."""
    return f"sessions:{place_in(session_id)}"


def _counter(key: str) -> str:
    return f"count:{key}"


def _eval(script: str, key: str, *arguments: str | int) -> tuple[str | int, ...]:
    """Return the command that runs a script, whose KEYS[1] and ARGV these are."""
    return ("EVAL", script, 1, key, *arguments)


def _record(text: str | bytes) -> Record:
    # Another release may have stored fields that this one does not know, or lacks some.
    fields = json.loads(text)
    return Record(**{name: fields[name] for name in Record._fields if name in fields})


async def _close_all(made: tuple[Any, list[Any]]) -> None:
    _, to_close = made
    for client in to_close:
        await client.aclose()
