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

# A counter that is stored goes on if its end is still to come. It starts anew if that
# is so far away that the clock must have been wrong.
_INSERT = "INSERT INTO {schema}counters_2 AS old (key, value, expires_at) "
_OR_COUNT = """
    ON CONFLICT (key) DO UPDATE SET
        value = CASE
            WHEN old.expires_at > {now}
            AND old.expires_at <= excluded.expires_at + {clocks_differ}
            THEN old.value + 1 ELSE 1
        END,
        expires_at = CASE
            WHEN old.expires_at > {now}
            AND old.expires_at <= excluded.expires_at + {clocks_differ}
            THEN old.expires_at ELSE excluded.expires_at
        END
    RETURNING key, value, expires_at"""
# SQLite needs a WHERE, to tell this ON CONFLICT from the ON of a join.
_ROW = "SELECT {key}, 1, {expires_at} WHERE true"
_UNLESS_REFUSED = """
    AND NOT EXISTS (
        SELECT key FROM {schema}counters_2 AS old
        WHERE key = {key}
        AND value >= {limit}
        AND old.expires_at > {now}
        AND old.expires_at <= {expires_at} + {clocks_differ}
    )"""


class SQLCounters(CounterStore):
    """The contract of counters, on top of `run`."""

    @abstractmethod
    async def run(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Execute one statement in a transaction; return its rows."""

    async def count(self, now: int, *counters: Counter) -> list[tuple[int, int]]:
        values: dict[str, object] = {"now": now, "clocks_differ": CLOCKS_DIFFER}
        for n, counter in enumerate(counters):
            fields = counter._asdict()
            values |= {f"{name}{n}": fields[name] for name in fields}
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
    rows = [_row(n) for n in range(number)]
    return _INSERT + " UNION ALL ".join(rows) + _OR_COUNT


def _row(n: int) -> str:
    """Return the row to insert for counter `n`: none if one before it refuses."""
    others = [_numbered(_UNLESS_REFUSED, before) for before in range(n)]
    return _numbered(_ROW, n) + "".join(others)


def _numbered(sql: str, n: int) -> str:
    """Return `sql` with the fields of counter `n`."""
    for name in Counter._fields:
        sql = sql.replace("{" + name + "}", "{" + name + str(n) + "}")
    return sql
