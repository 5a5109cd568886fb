"""What a store of sessions does, and which one `SESSION_STORE` names."""

import logging
import sys
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from starlette.exceptions import HTTPException

PATIENCE: Final = 2.0
"""Seconds after which a store that does not answer counts as away."""

RETRY_AFTER: Final = 5
"""Seconds after which a client may try again when the store is away."""

SCHEMES: Final = {
    "sqlite": "sqlite",
    "postgres": "postgresql",
    "postgresql": "postgresql",
    **{f"redis{tls}{kind}": "redis" for tls in ("", "s") for kind in ("", "+sentinel", "+cluster")},
}
"""The extra whose driver serves a URL, by the URL's scheme."""

_logger = logging.getLogger(__name__)


class StoreUnavailableError(HTTPException):
    """The store is away or too slow: 503. Nobody is taken for signed in, or for signed out."""

    def __init__(self, cause: object) -> None:
        _logger.warning("The session store does not answer: %s", cause)
        super().__init__(
            503,
            "The session store does not answer. Try again in a moment.",
            {"Retry-After": str(RETRY_AFTER)},
        )


class Record(NamedTuple):
    """A session as it is stored. Times are whole seconds since 1970, UTC."""

    id: str
    """The SHA-256 of its token, in hex. The token itself is nowhere on the server."""
    user: str
    auth_hash: str
    created_at: int
    seen_at: int
    confirmed_at: int
    browser: str
    version: int
    data: str


class Store(Protocol):
    """The contract of a store; `tests/sessions/test_stores.py` runs it against each engine.

    Every method raises `StoreUnavailableError`, within seconds, when the engine does not answer.
    What a method was called for is then either done or not, never half done.
    """

    async def add(self, record: Record, expires_at: int) -> None:
        """Store a new session. It survives a crash once this returns."""

    async def read(self, key: str) -> Record | None:
        """Return the session of this id: one indexed read or one round trip."""

    async def touch(self, record: Record, expires_at: int) -> None:
        """Note when a session was used, `record.seen_at`; one that has ended stays ended."""

    async def change(self, key: str, version: int, data: str) -> bool:
        """Store `data` if the session still has this version; return whether."""

    async def replace(self, key: str, version: int, record: Record, expires_at: int) -> bool:
        """Store `record` in place of the session that has this version; return whether."""

    async def remove(self, key: str) -> bool:
        """End a session; return whether there was one."""

    async def of_user(self, user: str) -> list[Record]:
        """Return the sessions of a user, the newest first."""

    async def remove_of_user(self, user: str, keep: str = "") -> int:
        """End all sessions of a user but `keep`; return how many."""

    async def clear(self) -> int:
        """End all sessions of all users; return how many."""

    async def remove_expired(self, now: int, limit: int) -> int:
        """Remove up to `limit` sessions and as many counters that have expired.

        Return `limit` if there may be more.
        """

    async def count(self, key: str, amount: int, now: int, expires_at: int) -> tuple[int, int]:
        """Add to a counter, which starts anew when it has expired; return it and its expiry."""

    async def forget_count(self, key: str) -> None:
        """Start a counter anew."""

    async def close(self) -> None:
        """Close the connections."""


def open_store(url: str) -> Store:
    """Return the store that `url` names. It connects when it is first used.

    Raises:
        SystemExit: its driver is not installed; the text says how to install it.
    """
    engine = SCHEMES[url.partition("://")[0]]
    try:
        if engine == "sqlite":
            from app.sessions.sqlite import SQLiteStore

            return SQLiteStore(url.removeprefix("sqlite:///"))
        if engine == "redis":
            from app.sessions.redis import RedisStore

            return RedisStore(url)
        from app.sessions.postgresql import PostgreSQLStore

        return PostgreSQLStore(url)
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
    sys.exit(
        f"Settings: SESSION_STORE: {missing} is not installed; run `uv sync --extra {engine}`."
    )


def record_from(fields: Mapping[str, str]) -> Record:
    """Return the record that a store keeps as text."""
    numbers = {"created_at", "seen_at", "confirmed_at", "version"}
    values = {name: int(text) if name in numbers else text for name, text in fields.items()}
    return Record(**values)  # type: ignore[arg-type]
