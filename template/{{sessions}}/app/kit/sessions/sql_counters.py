"""Counters in SQL that SQLite and PostgreSQL both understand.

The statements have fields for names: see `sql_dialect.py`.
"""

from abc import abstractmethod
from typing import Any

from app.kit.sessions.counter_store import CLOCKS_DIFFER, Counter, CounterStore

FORGET_COUNT = "DELETE FROM {schema}counters_2 WHERE key = {key} RETURNING key"
_REMOVE_EXPIRED = """
    DELETE FROM {schema}counters_2 WHERE key IN (
        SELECT key FROM {schema}counters_2
        WHERE expires_at <= {now}
        ORDER BY expires_at
        LIMIT {limit}
    )
    RETURNING key"""


class SQLCounters(CounterStore):
    """The contract of counters, on top of `run`."""

    @abstractmethod
    async def run(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Execute one statement in a transaction; return its rows."""

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        values: dict[str, object] = {"now": now}
        for n, (key, limit, expires_at) in enumerate(counters):
            values |= {
                f"key{n}": key,
                f"limit{n}": limit,
                f"expires_at{n}": expires_at,
            }
        rows = await self.run(_count_all(len(counters)), **values)
        found = {key: (value, expires_at) for key, value, expires_at in rows}
        counted = [found[each.key] for each in counters if each.key in found]
        for n, (value, _) in enumerate(counted):
            if value > counters[n].limit:
                # PostgreSQL may have counted the next one, too: when several requests
                # count at once, a statement does not see what the others add.
                return counted[: n + 1]
        return counted

    async def forget_count(self, key: str) -> None:
        await self.run(FORGET_COUNT, key=key)

    async def remove_expired_counters(self, now: int, limit: int) -> int:
        return len(await self.run(_REMOVE_EXPIRED, now=now, limit=limit))


def _count_all(number: int) -> str:
    """Return a statement that counts with `number` counters, as `count` says.

    One statement is one round trip.
    """
    rows = " UNION ALL ".join(_row(n) for n in range(number))
    running = _is_running("excluded.expires_at")
    return f"""
        INSERT INTO {{schema}}counters_2 AS old (key, value, expires_at)
        {rows}
        ON CONFLICT (key) DO UPDATE SET
            value = CASE WHEN {running} THEN old.value + 1 ELSE 1 END,
            expires_at = CASE
                WHEN {running} THEN old.expires_at ELSE excluded.expires_at
            END
        RETURNING key, value, expires_at"""


def _row(n: int) -> str:
    """Return the row to insert for counter `n`: none if one before it refuses."""
    # SQLite needs a WHERE, to tell this ON CONFLICT from the ON of a join.
    row = f"SELECT {{key{n}}}, 1, {{expires_at{n}}} WHERE true"
    for before in range(n):
        row += f"""
            AND NOT EXISTS (
                SELECT key FROM {{schema}}counters_2 AS old
                WHERE key = {{key{before}}}
                AND value >= {{limit{before}}}
                AND {_is_running(f"{{expires_at{before}}}")}
            )"""  # noqa: S608 - what is put in here are names of fields
    return row


def _is_running(ends_if_new: str) -> str:
    """Return the condition that a stored counter goes on, and does not start anew.

    It starts anew once it has expired, and where it ends so late that the clock must
    have been wrong.
    """
    return f"old.expires_at BETWEEN {{now}} + 1 AND {CLOCKS_DIFFER} + {ends_if_new}"
