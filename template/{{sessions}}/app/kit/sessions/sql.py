"""Sessions in SQL, as SQLite and PostgreSQL both understand it."""

from abc import abstractmethod
from typing import Any

from app.kit.sessions.session_store import RENEWED
from app.kit.sessions.sql_counters import SQLCounters
from app.kit.sessions.store import Record, Store

Row = tuple[Any, ...]

_FIELDS = ["user_name" if name == "user" else name for name in Record._fields]
_COLUMNS = ", ".join(_FIELDS)
_VALUES = ", ".join(f":{name}" for name in Record._fields)
_RENEWED = ", ".join(f"{name} = :{name}" for name in RENEWED)
# No SQL injection: the names in these come from above, values travel as parameters.
READ = f"SELECT {_COLUMNS} FROM sessions_2 WHERE id = :id"  # noqa: S608
_ADD = f"""
    INSERT INTO sessions_2 ({_COLUMNS}, expires_at) VALUES ({_VALUES}, :expires_at)
    ON CONFLICT (id) DO NOTHING RETURNING id"""  # noqa: S608
_END = """
    DELETE FROM sessions_2 WHERE id = :ended_id AND user_name = :ended_user
    RETURNING id"""
_TOUCH = """
    UPDATE sessions_2 SET seen_at = :seen_at, expires_at = :expires_at
    WHERE id = :id AND seen_at < :seen_at RETURNING id"""
_CHANGE = """
    UPDATE sessions_2 SET data = :data, version = version + 1
    WHERE id = :id AND version = :version RETURNING id"""
_RENEW = f"""
    UPDATE sessions_2 SET {_RENEWED}, expires_at = :expires_at
    WHERE id = :id AND secret_hash = :old_secret_hash RETURNING id"""  # noqa: S608
_REMOVE = "DELETE FROM sessions_2 WHERE id = :id AND user_name = :user RETURNING id"
_OF_USER = f"""
    SELECT {_COLUMNS} FROM sessions_2 WHERE user_name = :user
    ORDER BY created_at DESC, id"""  # noqa: S608
_REMOVE_OF_USER = """
    DELETE FROM sessions_2 WHERE user_name = :user AND id <> :except_for RETURNING id"""
_CLEAR = "DELETE FROM sessions_2 RETURNING id"
_REMOVE_EXPIRED = """
    DELETE FROM sessions_2 WHERE id IN (
        SELECT id FROM sessions_2 WHERE expires_at <= :now
        ORDER BY expires_at LIMIT :limit
    ) RETURNING id"""


class SQLStore(SQLCounters, Store):
    """The store's contract on top of two methods, which take values by their names."""

    @abstractmethod
    async def run(self, statement: str, **values: object) -> list[Row]:
        """Execute one statement in a transaction; return its rows."""

    @abstractmethod
    async def run_both(self, first: str, second: str, **values: object) -> None:
        """Execute two statements that change something in one transaction."""

    async def add(
        self, record: Record, expires_at: int, ends: Record | None = None
    ) -> None:
        values = {**record._asdict(), "expires_at": expires_at}
        if ends is None:
            await self.run(_ADD, **values)
        else:
            values |= {"ended_id": ends.id, "ended_user": ends.user}
            await self.run_both(_END, _ADD, **values)

    async def read(self, key: str) -> Record | None:
        rows = await self.run(READ, id=key)
        return Record(*rows[0]) if rows else None

    async def touch(self, record: Record, expires_at: int) -> None:
        seen_at = record.seen_at
        await self.run(_TOUCH, id=record.id, seen_at=seen_at, expires_at=expires_at)

    async def change(self, key: str, version: int, data: str) -> bool:
        return bool(await self.run(_CHANGE, id=key, version=version, data=data))

    async def renew(self, record: Record, expires_at: int) -> bool:
        values = {name: getattr(record, name) for name in RENEWED}
        return bool(
            await self.run(_RENEW, id=record.id, expires_at=expires_at, **values)
        )

    async def remove(self, user: str, key: str) -> bool:
        return bool(await self.run(_REMOVE, user=user, id=key))

    async def of_user(self, user: str) -> list[Record]:
        return [Record(*row) for row in await self.run(_OF_USER, user=user)]

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        return len(await self.run(_REMOVE_OF_USER, user=user, except_for=except_for))

    async def clear(self) -> int:
        return len(await self.run(_CLEAR))

    async def remove_expired(self, now: int, limit: int) -> int:
        return len(await self.run(_REMOVE_EXPIRED, now=now, limit=limit))
