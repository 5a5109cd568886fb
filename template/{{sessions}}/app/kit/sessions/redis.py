"""Sessions in Redis or Valkey: a single server, Sentinel or Cluster.

All sessions of a user are in one Redis hash, each as JSON under its id. An id begins
with the place of its user, so it leads to that hash, too. So each operation on a user's
sessions concerns one key, and in a cluster one server. Listing transfers all of them:
ten thousand are some megabytes.

Single fields of a hash can expire only from Redis 7.4 and Valkey 9 on. So each session
is stored with its expiry. The hash expires with the last of its sessions, and each
sign-in looks at ten other sessions of its user and removes the expired ones. `Sessions`
refuses those that are left.

For sign-ins to survive a crash, set `appendonly yes` and `appendfsync always`. Set
`maxmemory-policy noeviction`, too: with any other policy a server that is short of
memory ends sessions, always all of a user's.
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
from app.kit.sessions.store import CLOCKS_DIFFER, PATIENCE, Counter, Record, Store
from app.kit.sessions.tokens import place_in, place_of

# OSError includes the TimeoutError of `asyncio.timeout`.
_FAULTS = (RedisError, RedisClusterException, OSError)
_BATCH = 1000  # keys


class RedisStore(Store):
    """Keeps sessions and counters in Redis or Valkey.

    `server` is a URL, or a client of your own, which the store does not close.
    """

    def __init__(self, server: str | Redis | RedisCluster) -> None:
        if isinstance(server, str):
            clients(server)  # to raise now if the URL is wrong; it does not connect
            self._clients = PerLoop(lambda: clients(server), _close_all)
        else:
            # A pair as `clients` returns: the client, and nothing to close.
            self._clients = PerLoop(lambda: (server, []), _close_all)

    async def add(
        self, record: Record, expires_at: int, replaces: Record | None = None
    ) -> None:
        session = json.dumps({**record._asdict(), "expires_at": expires_at})
        key = _key_of_user(record.user)
        adding = _eval(redis_scripts.ADD, key, record.id, session)
        if replaces is None:
            await self._send(adding)
        else:
            # First, so that a fault in between signs out, and leaves no old session.
            removing = ("HDEL", _key_of_user(replaces.user), replaces.id)
            await self._send(removing, adding)

    async def read(self, session_id: str) -> Record | None:
        # Without a pipeline, which would cost more: every request comes here.
        reading = self._client.hget(_key_of_session(session_id), session_id)
        found = await self._answer(reading)
        return _record(found) if found else None

    async def touch(self, record: Record, expires_at: int) -> None:
        changes = {"seen_at": record.seen_at, "expires_at": expires_at}
        # Only if it was not seen later.
        await self._change(redis_scripts.TOUCH, record.id, changes, record.seen_at)

    async def change(self, session_id: str, version: int, data: str) -> bool:
        changes = {"version": version + 1, "data": data}
        return await self._change(redis_scripts.CHANGE, session_id, changes, version)

    async def renew(self, record: Record, expires_at: int) -> bool:
        changes = {name: getattr(record, name) for name in RENEWED}
        changes["expires_at"] = expires_at
        old = record.old_secret_hash
        return await self._change(redis_scripts.RENEW, record.id, changes, old)

    async def remove(self, user: str, session_id: str) -> bool:
        [removed] = await self._send(("HDEL", _key_of_user(user), session_id))
        return bool(removed)

    async def of_user(self, user: str) -> list[Record]:
        [found] = await self._send(("HVALS", _key_of_user(user)))
        records = map(_record, found)
        return sorted(records, key=lambda record: (-record.created_at, record.id))

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        key = _key_of_user(user)
        [ended] = await self._send(_eval(redis_scripts.REMOVE_ALL_BUT, key, except_for))
        return int(ended)

    async def clear(self) -> int:
        ended = 0
        async for keys in self._all_keys():
            commands = [_eval(redis_scripts.REMOVE_ALL_BUT, key, "") for key in keys]
            ended += sum(await self._send(*commands))
        return ended

    async def remove_expired(self, now: int, limit: int) -> int:
        return 0  # `add` removes some, and the server removes whole hashes.

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        counted: list[tuple[int, int]] = []
        for key, limit, expires_at in counters:
            numbers = (now, expires_at, CLOCKS_DIFFER)
            counting = _eval(redis_scripts.COUNT, _counter(key), *numbers)
            [answer] = await self._send(counting)
            value, ends_at = answer
            counted.append((value, ends_at))
            if value > limit:
                break  # refused already, so the other counters stay as they are
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
        self,
        script: str,
        session_id: str,
        changes: dict[str, Any],
        compared: str | int,
    ) -> bool:
        """Change a session if `script` finds that it may; return whether it did.

        The script compares a field of the stored session with `compared`.
        """
        key, text = _key_of_session(session_id), json.dumps(changes)
        [changed] = await self._send(_eval(script, key, session_id, text, compared))
        return bool(changed)

    async def _all_keys(self) -> AsyncIterator[list[str]]:
        """Yield the keys of all hashes of sessions, in batches."""
        # Not `async for`: each step needs the timeout of `_answer`.
        keys = aiter(self._client.scan_iter("sessions:*", count=_BATCH))
        batch: list[str] = []
        while (key := await self._answer(anext(keys, None))) is not None:
            batch.append(key)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    async def _send(self, *commands: tuple[str | int, ...]) -> list[Any]:
        """Send commands together, not as a transaction; return their answers."""
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = await self._answer(pipeline.execute())
        return answers

    async def _answer(self, command: Awaitable[Any]) -> Any:
        """Return the answer; raise StoreUnavailableError if there soon is none."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await command
        except _FAULTS as error:
            # Some servers repeat the arguments of HELLO in the error, and the password
            # is among them.
            cause = str(error).partition(", with args")[0]
            raise StoreUnavailableError(f"{type(error).__name__}: {cause}") from None


def _key_of_user(user: str) -> str:
    """Return the key of the hash that holds this user's sessions."""
    return f"sessions:{place_of(user)}"


def _key_of_session(session_id: str) -> str:
    """Return the key of the hash that holds the session with this id."""
    return f"sessions:{place_in(session_id)}"


def _counter(key: str) -> str:
    return f"count:{key}"


def _eval(script: str, key: str, *arguments: str | int) -> tuple[str | int, ...]:
    """Return the command that runs `script` with these KEYS[1] and ARGV."""
    return ("EVAL", script, 1, key, *arguments)


def _record(text: str | bytes) -> Record:
    # Another release may have stored more fields than this one knows, or fewer: then
    # the others have their defaults.
    fields = json.loads(text)
    return Record(**{name: fields[name] for name in Record._fields if name in fields})


async def _close_all(client_and_to_close: tuple[Any, list[Any]]) -> None:
    _, to_close = client_and_to_close
    for client in to_close:
        await client.aclose()
