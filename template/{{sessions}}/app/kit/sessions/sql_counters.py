"""Counters in SQL, as SQLite and PostgreSQL both understand it."""

from abc import abstractmethod
from typing import Any

from app.kit.sessions.counter_store import CLOCKS_DIFFER, Counter, CounterStore

# Whether a counter that is there goes on; `{ends}` is when it would end if it began now.
_RUNS = f"old.expires_at BETWEEN :now + 1 AND {CLOCKS_DIFFER} + {{ends}}"
_NEW_RUNS = _RUNS.format(ends="excluded.expires_at")
_COUNT = f"""
    INSERT INTO counters_2 AS old (key, value, expires_at) {{rows}}
    ON CONFLICT (key) DO UPDATE SET
        value = 1 + CASE WHEN {_NEW_RUNS} THEN old.value ELSE 0 END,
        expires_at = CASE
            WHEN {_NEW_RUNS} THEN old.expires_at ELSE excluded.expires_at
        END
    RETURNING key, value, expires_at"""
_FIRST = "SELECT :key0, 1, :expires_at0 WHERE true"
# A counter behind another counts only where that one was below its limit.
_ALSO_COUNTED = f"""
    SELECT :key{{n}}, 1, :expires_at{{n}} WHERE NOT EXISTS (
        SELECT key FROM counters_2 AS old
        WHERE key = :key{{before}} AND value >= :limit{{before}}
        AND {_RUNS.format(ends=":expires_at{before}")}
    )"""  # noqa: S608
FORGET_COUNT = "DELETE FROM counters_2 WHERE key = :key RETURNING key"
_REMOVE_EXPIRED = """
    DELETE FROM counters_2 WHERE key IN (
        SELECT key FROM counters_2 WHERE expires_at <= :now
        ORDER BY expires_at LIMIT :limit
    ) RETURNING key"""


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
            rows.append(_ALSO_COUNTED.format(n=n, before=n - 1) if n else _FIRST)
        counted = await self.run(_COUNT.format(rows=" UNION ALL ".join(rows)), **values)
        found = {key: (value, expires_at) for key, value, expires_at in counted}
        return [found[each.key] for each in counters if each.key in found]

    async def forget_count(self, key: str) -> None:
        await self.run(FORGET_COUNT, key=key)

    async def remove_expired_counters(self, now: int, limit: int) -> int:
        return len(await self.run(_REMOVE_EXPIRED, now=now, limit=limit))
