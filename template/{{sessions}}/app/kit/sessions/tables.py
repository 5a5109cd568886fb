"""The tables of sessions and counters, made and changed by numbered steps.

Each step runs once in a database, after all steps before it. Two releases share the
tables during a rolling deployment, so a step only adds: a table, an index, a column
with a default. Statements name the columns that they know, so they also work on tables
to which a newer release has added a column.

A later release removes what no release uses any longer. Until then `sessions_1` and
`counters_1` stay: releases before 0.10 use them.
"""

from collections.abc import Iterator

from app.kit.sessions.sql_dialect import Dialect

Step = tuple[str, ...]

STEPS: tuple[Step, ...] = (
    (
        """
        CREATE TABLE IF NOT EXISTS {schema}sessions_2 (
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
        ) {table_options}""",
        """
        CREATE INDEX IF NOT EXISTS sessions_2_user
        ON {schema}sessions_2 (user_name)""",
        """
        CREATE INDEX IF NOT EXISTS sessions_2_expiry
        ON {schema}sessions_2 (expires_at)""",
        """
        CREATE TABLE IF NOT EXISTS {schema}counters_2 (
            key TEXT PRIMARY KEY,
            value BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        ) {table_options}""",
        """
        CREATE INDEX IF NOT EXISTS counters_2_expiry
        ON {schema}counters_2 (expires_at)""",
    ),
)
"""Add new steps at the end. Never change a step that has been released."""

STEPS_TABLE = """
    CREATE TABLE IF NOT EXISTS {schema}session_steps (
        number BIGINT PRIMARY KEY
    ) {table_options}"""
_STEP_DONE = "INSERT INTO {schema}session_steps (number) VALUES ({number})"
STEPS_DONE = "SELECT coalesce(max(number), 0) FROM {schema}session_steps"


def statements_after(done: int, dialect: Dialect) -> Iterator[str]:
    """Yield what a database still needs after its first `done` steps.

    That is nothing if a newer release has already run more steps than this one knows.
    """
    for number, step in enumerate(STEPS[done:], start=done + 1):
        for statement in step:
            yield statement.format_map(dialect)
        yield _STEP_DONE.format(schema=dialect["schema"], number=number)
