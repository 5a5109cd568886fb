"""The tables of sessions and counters, made and changed by numbered steps.

Each step runs once in a database, and those before it ran first. Two releases share the
tables while one is rolled out, so a step only adds: a table, an index, a column that has
a default. Statements name the columns that they know, and so work beside those that a
newer release added. What nobody uses any longer, a step of a later release removes: so
do `sessions_1` and `counters_1` stay for now, in which releases before 0.10 keep theirs.
"""

from collections.abc import Iterator

Step = tuple[str, ...]

STEPS: tuple[Step, ...] = (
    (
        """CREATE TABLE IF NOT EXISTS sessions_2 (
            id TEXT PRIMARY KEY,
            user_name TEXT NOT NULL,
            auth_hash TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            seen_at BIGINT NOT NULL,
            confirmed_at BIGINT NOT NULL,
            browser TEXT NOT NULL,
            version BIGINT NOT NULL,
            data TEXT NOT NULL,
            secret_hash TEXT NOT NULL,
            old_secret_hash TEXT NOT NULL,
            renewed_at BIGINT NOT NULL,
            lasts BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )""",
        "CREATE INDEX IF NOT EXISTS sessions_2_user ON sessions_2 (user_name)",
        "CREATE INDEX IF NOT EXISTS sessions_2_expiry ON sessions_2 (expires_at)",
        """CREATE TABLE IF NOT EXISTS counters_2 (
            key TEXT PRIMARY KEY, value BIGINT NOT NULL, expires_at BIGINT NOT NULL
        )""",
        "CREATE INDEX IF NOT EXISTS counters_2_expiry ON counters_2 (expires_at)",
    ),
)
"""Add yours at the end. One that was released stays as it is."""

STEPS_TABLE = "CREATE TABLE IF NOT EXISTS session_steps (number BIGINT PRIMARY KEY)"
STEPS_DONE = "SELECT coalesce(max(number), 0) FROM session_steps"


def statements_after(done: int) -> Iterator[str]:
    """Yield what a database needs in which so many steps ran; a newer one: nothing."""
    for number, step in enumerate(STEPS[done:], start=done + 1):
        yield from step
        yield f"INSERT INTO session_steps (number) VALUES ({number})"  # noqa: S608
