"""Sessions in SQL, as SQLite and PostgreSQL both understand it: one statement an operation.

The tables carry a number: other columns take the next one, and people sign in once more.
"""

from abc import abstractmethod
from typing import Any

from app.kit.sessions.store import CLOCKS_DIFFER, Counter, Record, Store

Row = tuple[Any, ...]

TABLES = (
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
INDEXES = (
    "CREATE INDEX IF NOT EXISTS sessions_1_user ON sessions_1 (user_name)",
    "CREATE INDEX IF NOT EXISTS sessions_1_expiry ON sessions_1 (expires_at)",
    "CREATE INDEX IF NOT EXISTS counters_1_expiry ON counters_1 (expires_at)",
)

_COLUMNS = "id, user_name, auth_hash, created_at, seen_at, confirmed_at, browser, version, data"
_VALUES = ", ".join(f":{name}" for name in Record._fields)
# No SQL injection: the names in these come from above, values travel as parameters.
READ = f"SELECT {_COLUMNS} FROM sessions_1 WHERE id = :id"  # noqa: S608
_ADD = f"""
    INSERT INTO sessions_1 VALUES ({_VALUES}, :expires_at)
    ON CONFLICT (id) DO NOTHING RETURNING id"""  # noqa: S608
_TOUCH = """
    UPDATE sessions_1 SET seen_at = :seen_at, expires_at = :expires_at
    WHERE id = :id AND seen_at < :seen_at RETURNING id"""
_CHANGE = """
    UPDATE sessions_1 SET data = :data, version = version + 1
    WHERE id = :id AND version = :version RETURNING id"""
_REPLACE = f"""
    UPDATE sessions_1 SET ({_COLUMNS}, expires_at) = ({_VALUES}, :expires_at)
    WHERE id = :old_id AND version = :old_version RETURNING id"""  # noqa: S608
_REMOVE = "DELETE FROM sessions_1 WHERE id = :id RETURNING id"
_OF_USER = f"""
    SELECT {_COLUMNS} FROM sessions_1 WHERE user_name = :user ORDER BY created_at DESC, id"""  # noqa: S608
_REMOVE_OF_USER = """
    DELETE FROM sessions_1 WHERE user_name = :user AND id <> :except_for RETURNING id"""
_CLEAR = "DELETE FROM sessions_1 RETURNING id"
_REMOVE_EXPIRED = """
    DELETE FROM {table} WHERE {key} IN (
        SELECT {key} FROM {table} WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit
    ) RETURNING {key}"""
_RUNS = f"old.expires_at BETWEEN :now + 1 AND {CLOCKS_DIFFER} + "
_COUNT = """
    INSERT INTO counters_1 AS old {rows} ON CONFLICT (key) DO UPDATE SET (value, expires_at) = (
        1 + CASE WHEN {runs} excluded.expires_at THEN old.value ELSE 0 END,
        CASE WHEN {runs} excluded.expires_at THEN old.expires_at ELSE excluded.expires_at END
    ) RETURNING key, value, expires_at"""
# A counter behind another counts only where that one was below its limit.
_FIRST = "SELECT :key0, 1, :expires_at0 WHERE true"
_ALSO_COUNTED = """
    SELECT :key{n}, 1, :expires_at{n} WHERE NOT EXISTS (
        SELECT key FROM counters_1 AS old WHERE key = :key{before} AND value >= :limit{before}
        AND {runs} :expires_at{before}
    )"""
FORGET_COUNT = "DELETE FROM counters_1 WHERE key = :key RETURNING key"


class SQLStore(Store):
    """The store's contract on top of `run`, which executes one statement."""

    @abstractmethod
    async def run(self, statement: str, **values: object) -> list[Row]:
        """Execute one statement in a transaction; return its rows."""

    async def add(self, record: Record, expires_at: int) -> None:
        await self.run(_ADD, **record._asdict(), expires_at=expires_at)

    async def read(self, key: str) -> Record | None:
        rows = await self.run(READ, id=key)
        return Record(*rows[0]) if rows else None

    async def touch(self, record: Record, expires_at: int) -> None:
        await self.run(_TOUCH, id=record.id, seen_at=record.seen_at, expires_at=expires_at)

    async def change(self, key: str, version: int, data: str) -> bool:
        return bool(await self.run(_CHANGE, id=key, version=version, data=data))

    async def replace(self, old: Record, new: Record, expires_at: int) -> bool:
        values = {"old_id": old.id, "old_version": old.version, "expires_at": expires_at}
        return bool(await self.run(_REPLACE, **new._asdict(), **values))

    async def remove(self, record: Record) -> bool:
        return bool(await self.run(_REMOVE, id=record.id))

    async def of_user(self, user: str) -> list[Record]:
        return [Record(*row) for row in await self.run(_OF_USER, user=user)]

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        return len(await self.run(_REMOVE_OF_USER, user=user, except_for=except_for))

    async def clear(self) -> int:
        return len(await self.run(_CLEAR))

    async def remove_expired(self, now: int, limit: int) -> int:
        tables = {"sessions_1": "id", "counters_1": "key"}.items()
        statements = [_REMOVE_EXPIRED.format(table=table, key=key) for table, key in tables]
        return max([len(await self.run(each, now=now, limit=limit)) for each in statements])

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        rows, values = list[str](), {"now": now}
        for n, counter in enumerate(counters):
            values |= {f"{name}{n}": value for name, value in counter._asdict().items()}
            rows.append(_ALSO_COUNTED.format(n=n, before=n - 1, runs=_RUNS) if n else _FIRST)
        counted = await self.run(_COUNT.format(rows=" UNION ALL ".join(rows), runs=_RUNS), **values)
        found = {key: (value, expires_at) for key, value, expires_at in counted}
        return [found[each.key] for each in counters if each.key in found]

    async def forget_count(self, key: str) -> None:
        await self.run(FORGET_COUNT, key=key)
