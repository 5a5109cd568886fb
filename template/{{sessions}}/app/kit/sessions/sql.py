"""Sessions in SQL that SQLite and PostgreSQL both understand.

The statements have fields for names: see `sql_dialect.py`. Values travel as parameters,
so there is no SQL injection.
"""

from abc import abstractmethod
from typing import Any

from app.kit.sessions.session_store import RENEWED
from app.kit.sessions.sql_counters import SQLCounters
from app.kit.sessions.store import Record, Store

Row = tuple[Any, ...]

# In the order of the fields of `Record`.
_SELECT = """
    SELECT
        id, user_name, auth_hash, created_at, seen_at, confirmed_at, browser,
        version, data, secret_hash, old_secret_hash, renewed_at, lasts
    FROM {schema}sessions_2"""
READ = _SELECT + " WHERE id = {id}"
_OF_USER = _SELECT + " WHERE user_name = {user} ORDER BY created_at DESC, id"
_ADD = """
    INSERT INTO {schema}sessions_2 (
        id, user_name, auth_hash, created_at, seen_at, confirmed_at, browser,
        version, data, secret_hash, old_secret_hash, renewed_at, lasts,
        expires_at
    ) VALUES (
        {id}, {user}, {auth_hash}, {created_at}, {seen_at}, {confirmed_at}, {browser},
        {version}, {data}, {secret_hash}, {old_secret_hash}, {renewed_at}, {lasts},
        {expires_at}
    )
    ON CONFLICT (id) DO NOTHING
    RETURNING id"""
_END_ONE_BEFORE = """
    DELETE FROM {schema}sessions_2
    WHERE id = {ended_id} AND user_name = {ended_user}
    RETURNING id"""
_TOUCH = """
    UPDATE {schema}sessions_2
    SET seen_at = {seen_at}, expires_at = {expires_at}
    WHERE id = {id} AND seen_at < {seen_at}
    RETURNING id"""
_CHANGE = """
    UPDATE {schema}sessions_2
    SET data = {data}, version = version + 1
    WHERE id = {id} AND version = {version}
    RETURNING id"""
_RENEW = """
    UPDATE {schema}sessions_2
    SET
        secret_hash = {secret_hash},
        old_secret_hash = {old_secret_hash},
        renewed_at = {renewed_at},
        seen_at = {seen_at},
        confirmed_at = {confirmed_at},
        expires_at = {expires_at}
    WHERE id = {id} AND secret_hash = {old_secret_hash}
    RETURNING id"""
_REMOVE = """
    DELETE FROM {schema}sessions_2
    WHERE id = {id} AND user_name = {user}
    RETURNING id"""
_REMOVE_OF_USER = """
    DELETE FROM {schema}sessions_2
    WHERE user_name = {user} AND id <> {except_for}
    RETURNING id"""
_CLEAR = "DELETE FROM {schema}sessions_2 RETURNING id"
_REMOVE_EXPIRED = """
    DELETE FROM {schema}sessions_2 WHERE id IN (
        SELECT id FROM {schema}sessions_2
        WHERE expires_at <= {now}
        ORDER BY expires_at
        LIMIT {limit}
    )
    RETURNING id"""


class SQLStore(SQLCounters, Store):
    """The contract of a store, on top of `run` and `run_both`.

    Both take a statement with fields, and the values of its parameters by name.
    """

    @abstractmethod
    async def run(self, statement: str, **values: object) -> list[Row]:
        """Execute one statement in a transaction; return its rows."""

    @abstractmethod
    async def run_both(self, first: str, second: str, **values: object) -> None:
        """Execute two statements that write, in one transaction."""

    async def add(
        self, record: Record, expires_at: int, replaces: Record | None = None
    ) -> None:
        values = {**record._asdict(), "expires_at": expires_at}
        if replaces is None:
            await self.run(_ADD, **values)
        else:
            values |= {"ended_id": replaces.id, "ended_user": replaces.user}
            await self.run_both(_END_ONE_BEFORE, _ADD, **values)

    async def read(self, session_id: str) -> Record | None:
        rows = await self.run(READ, id=session_id)
        return Record(*rows[0]) if rows else None

    async def touch(self, record: Record, expires_at: int) -> None:
        await self.run(
            _TOUCH, id=record.id, seen_at=record.seen_at, expires_at=expires_at
        )

    async def change(self, session_id: str, version: int, data: str) -> bool:
        changed = await self.run(_CHANGE, id=session_id, version=version, data=data)
        return bool(changed)

    async def renew(self, record: Record, expires_at: int) -> bool:
        values = {name: getattr(record, name) for name in RENEWED}
        rows = await self.run(_RENEW, id=record.id, expires_at=expires_at, **values)
        return bool(rows)

    async def remove(self, user: str, session_id: str) -> bool:
        return bool(await self.run(_REMOVE, user=user, id=session_id))

    async def of_user(self, user: str) -> list[Record]:
        return [Record(*row) for row in await self.run(_OF_USER, user=user)]

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        rows = await self.run(_REMOVE_OF_USER, user=user, except_for=except_for)
        return len(rows)

    async def clear(self) -> int:
        return len(await self.run(_CLEAR))

    async def remove_expired(self, now: int, limit: int) -> int:
        return len(await self.run(_REMOVE_EXPIRED, now=now, limit=limit))
