"""Counters in SQL, as SQLite and PostgreSQL both understand it."""

from abc import abstractmethod
from typing import Any

from app.kit.sessions.counter_store import CLOCKS_DIFFER, Counter, CounterStore

FORGET_COUNT = "DELETE FROM counters_2 WHERE key = :key RETURNING key"
_REMOVE_EXPIRED = """
    DELETE FROM counters_2 WHERE key IN (
        SELECT key FROM counters_2 WHERE expires_at <= :now
        ORDER BY expires_at LIMIT :limit
    ) RETURNING key"""


def _goes_on(ends: str) -> str:
    """Return the condition of a counter that would end at `ends` if it began now."""
    return f"old.expires_at BETWEEN :now + 1 AND {CLOCKS_DIFFER} + {ends}"


def _count(rows: list[str]) -> str:
    goes_on = _goes_on("excluded.expires_at")
    return f"""
    INSERT INTO counters_2 AS old (key, value, expires_at) {" UNION ALL ".join(rows)}
    ON CONFLICT (key) DO UPDATE SET
        value = 1 + CASE WHEN {goes_on} THEN old.value ELSE 0 END,
        expires_at = CASE WHEN {goes_on} THEN old.expires_at ELSE excluded.expires_at END
    RETURNING key, value, expires_at"""  # noqa: S608


def _row(n: int) -> str:
    """Return the row of counter `n`: behind another, if that one was below its limit."""
    if n == 0:
        return "SELECT :key0, 1, :expires_at0 WHERE true"
    return f"""
    SELECT :key{n}, 1, :expires_at{n} WHERE NOT EXISTS (
        SELECT key FROM counters_2 AS old
        WHERE key = :key{n - 1} AND value >= :limit{n - 1}
        AND {_goes_on(f":expires_at{n - 1}")}
    )"""  # noqa: S608


class SQLCounters(CounterStore):
    """The contract of counters on top of `run`."""

    @abstractmethod
    async def run(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Execute one statement in a transaction; return its rows."""

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        rows, values = list[str](), dict[str, object](now=now)
        for n, counter in enumerate(counters):
            fields = counter._asdict().items()
            values |= {f"{name}{n}": value for name, value in fields}
            rows.append(_row(n))
        counted = await self.run(_count(rows), **values)
        found = {key: (value, expires_at) for key, value, expires_at in counted}
        return [found[each.key] for each in counters if each.key in found]

    async def forget_count(self, key: str) -> None:
        await self.run(FORGET_COUNT, key=key)

    async def remove_expired_counters(self, now: int, limit: int) -> int:
        return len(await self.run(_REMOVE_EXPIRED, now=now, limit=limit))
