"""Sessions in SQL, as SQLite and PostgreSQL both understand it.

Each operation is one statement, and so atomic by itself. The tables carry a number: a release
that needs other columns takes the next one, and people sign in once more.
"""

from abc import ABC, abstractmethod
from typing import Any, Final

from app.sessions.store import Record

Row = tuple[Any, ...]

TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS sessions_1 (
        id TEXT PRIMARY KEY, user_name TEXT NOT NULL, auth_hash TEXT NOT NULL,
        created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, confirmed_at BIGINT NOT NULL,
        browser TEXT NOT NULL, version BIGINT NOT NULL, data TEXT NOT NULL,
        expires_at BIGINT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS counters_1 (
        key TEXT PRIMARY KEY, value BIGINT NOT NULL, expires_at BIGINT NOT NULL
    )""",
)
INDEXES: Final = (
    "CREATE INDEX IF NOT EXISTS sessions_1_user ON sessions_1 (user_name)",
    "CREATE INDEX IF NOT EXISTS sessions_1_expiry ON sessions_1 (expires_at)",
    "CREATE INDEX IF NOT EXISTS counters_1_expiry ON counters_1 (expires_at)",
)

_COLUMNS: Final = "user_name, auth_hash, created_at, seen_at, confirmed_at, browser, version, data"
_VALUES: Final = ", ".join(f":{name}" for name in Record._fields)
# No SQL injection: the names in these come from above, values travel as parameters.
READ: Final = f"SELECT {_COLUMNS} FROM sessions_1 WHERE id = :id"  # noqa: S608
_ADD: Final = f"INSERT INTO sessions_1 VALUES ({_VALUES}, :expires_at) RETURNING id"  # noqa: S608
_TOUCH: Final = """
    UPDATE sessions_1 SET seen_at = :seen_at, expires_at = :expires_at
    WHERE id = :id AND seen_at < :seen_at RETURNING id"""
_CHANGE: Final = """
    UPDATE sessions_1 SET data = :data, version = version + 1
    WHERE id = :id AND version = :version RETURNING id"""
_REPLACE: Final = """
    UPDATE sessions_1 SET id = :id, user_name = :user, auth_hash = :auth_hash,
        created_at = :created_at, seen_at = :seen_at, confirmed_at = :confirmed_at,
        expires_at = :expires_at, browser = :browser, version = :version, data = :data
    WHERE id = :old_id AND version = :old_version RETURNING id"""
_REMOVE: Final = "DELETE FROM sessions_1 WHERE id = :id RETURNING id"
_OF_USER: Final = f"""
    SELECT id, {_COLUMNS} FROM sessions_1 WHERE user_name = :user ORDER BY created_at DESC, id"""  # noqa: S608
_REMOVE_OF_USER: Final = """
    DELETE FROM sessions_1 WHERE user_name = :user AND id <> :keep RETURNING id"""
_CLEAR: Final = "DELETE FROM sessions_1 RETURNING id"
_REMOVE_EXPIRED: Final = """
    DELETE FROM sessions_1 WHERE id IN (
        SELECT id FROM sessions_1 WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit
    ) RETURNING id"""
_REMOVE_EXPIRED_COUNTERS: Final = """
    DELETE FROM counters_1 WHERE key IN (
        SELECT key FROM counters_1 WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit
    ) RETURNING key"""
_COUNT: Final = """
    INSERT INTO counters_1 AS old VALUES (:key, :amount, :expires_at)
    ON CONFLICT (key) DO UPDATE SET
        value = excluded.value + CASE WHEN old.expires_at > :now THEN old.value ELSE 0 END,
        expires_at =
            CASE WHEN old.expires_at > :now THEN old.expires_at ELSE excluded.expires_at END
    RETURNING value, expires_at"""
_FORGET_COUNT: Final = "DELETE FROM counters_1 WHERE key = :key RETURNING key"


class SQLStore(ABC):
    """The store's contract on top of `run`, which executes one statement."""

    @abstractmethod
    async def run(self, statement: str, **values: object) -> list[Row]:
        """Execute one statement in a transaction of its own; return its rows."""

    async def add(self, record: Record, expires_at: int) -> None:
        await self.run(_ADD, **record._asdict(), expires_at=expires_at)

    async def read(self, key: str) -> Record | None:
        rows = await self.run(READ, id=key)
        return Record(key, *rows[0]) if rows else None

    async def touch(self, record: Record, expires_at: int) -> None:
        await self.run(_TOUCH, id=record.id, seen_at=record.seen_at, expires_at=expires_at)

    async def change(self, key: str, version: int, data: str) -> bool:
        return bool(await self.run(_CHANGE, id=key, version=version, data=data))

    async def replace(self, key: str, version: int, record: Record, expires_at: int) -> bool:
        values = {"old_id": key, "old_version": version, "expires_at": expires_at}
        return bool(await self.run(_REPLACE, **record._asdict(), **values))

    async def remove(self, key: str) -> bool:
        return bool(await self.run(_REMOVE, id=key))

    async def of_user(self, user: str) -> list[Record]:
        return [Record(*row) for row in await self.run(_OF_USER, user=user)]

    async def remove_of_user(self, user: str, keep: str = "") -> int:
        return len(await self.run(_REMOVE_OF_USER, user=user, keep=keep))

    async def clear(self) -> int:
        return len(await self.run(_CLEAR))

    async def remove_expired(self, now: int, limit: int) -> int:
        counters = await self.run(_REMOVE_EXPIRED_COUNTERS, now=now, limit=limit)
        sessions = await self.run(_REMOVE_EXPIRED, now=now, limit=limit)
        return max(len(counters), len(sessions))

    async def count(self, key: str, amount: int, now: int, expires_at: int) -> tuple[int, int]:
        values = {"key": key, "amount": amount, "now": now, "expires_at": expires_at}
        value, expiry = (await self.run(_COUNT, **values))[0]
        return value, expiry

    async def forget_count(self, key: str) -> None:
        await self.run(_FORGET_COUNT, key=key)
