"""How long a session lasts: the timeouts of ASVS 7.3.1 and 7.3.2."""

from app.kit.sessions.session_store import Record
from app.kit.sessions.settings import SessionSettings
from app.kit.sessions.store import CLOCKS_DIFFER


def expires_at(record: Record, settings: SessionSettings) -> int:
    """Return when the session ends, in seconds since 1970, if nobody uses it again."""
    if record.lasts:
        return record.created_at + record.lasts
    oldest = record.created_at + settings.session_absolute_limit
    return min(oldest, record.seen_at + settings.session_idle_limit)


def has_expired(record: Record, settings: SessionSettings, now: int) -> bool:
    """Return whether the session has ended.

    One that starts over an hour from now counts as ended, too: the clock that it
    started by was wrong, and it would last too long.
    """
    if record.created_at > now + CLOCKS_DIFFER:
        return True
    return now >= expires_at(record, settings)
