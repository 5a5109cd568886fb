"""The contract of a store of sessions.

This is a whole one, in memory:

    class MemorySessions(SessionStore):
        def __init__(self):
            self.kept = {}  # records by their ids
            self.ends = {}  # when they expire, by the same

        async def add(self, record, expires_at, replaces=None):
            if replaces is not None:
                await self.remove(replaces.user, replaces.id)
            self.kept[record.id], self.ends[record.id] = record, expires_at

        async def read(self, session_id):
            return self.kept.get(session_id)

        async def touch(self, record, expires_at):
            stored = self.kept.get(record.id)
            if stored and stored.seen_at < record.seen_at:
                self._set(stored, expires_at, seen_at=record.seen_at)

        async def change(self, session_id, version, data):
            stored = self.kept.get(session_id)
            if stored is None or stored.version != version:
                return False
            expires_at = self.ends[session_id]
            self._set(stored, expires_at, version=version + 1, data=data)
            return True

        async def renew(self, record, expires_at):
            stored = self.kept.get(record.id)
            if stored is None or stored.secret_hash != record.old_secret_hash:
                return False
            renewed = {name: getattr(record, name) for name in RENEWED}
            self._set(stored, expires_at, **renewed)
            return True

        async def remove(self, user, session_id):
            stored = self.kept.get(session_id)
            if stored is None or stored.user != user:
                return False
            del self.kept[session_id]
            return True

        async def of_user(self, user):
            found = [each for each in self.kept.values() if each.user == user]
            return sorted(found, key=lambda each: (-each.created_at, each.id))

        async def remove_of_user(self, user, except_for=""):
            found = [each.id for each in await self.of_user(user)]
            return sum(
                [await self.remove(user, key) for key in found if key != except_for]
            )

        async def clear(self):
            ended = len(self.kept)
            self.kept.clear()
            return ended

        async def remove_expired(self, now, limit):
            expired = [key for key in self.kept if self.ends[key] <= now][:limit]
            return sum([await self.remove(self.kept[key].user, key) for key in expired])

        def _set(self, record, expires_at, **fields):
            self.kept[record.id] = record._replace(**fields)
            self.ends[record.id] = expires_at
"""

from typing import NamedTuple, Protocol

RENEWED = (
    "secret_hash",
    "old_secret_hash",
    "renewed_at",
    "seen_at",
    "confirmed_at",
)
"""The fields of a session that a renewal changes."""


class Record(NamedTuple):
    """A session as it is stored. Times are whole seconds since 1970, UTC.

    Attributes:
        id: the same for as long as the session lasts. Begins with
            `tokens.place_of(user)`.
        user: the id of its user, as text.
        auth_hash: of its user, when the session started.
        created_at: when the user signed in.
        seen_at: when the session was last used.
        confirmed_at: when the user last gave the password.
        browser: the header User-Agent, cut off.
        version: of the data. Grows by one with each change.
        data: what the session carries, as JSON.
        secret_hash: of the secret. The secret itself is not stored.
        old_secret_hash: of the previous secret.
        renewed_at: when the secret last changed.
        lasts: seconds after which the session ends, used or not. 0: see the settings.
    """

    id: str
    user: str
    auth_hash: str
    created_at: int
    seen_at: int
    confirmed_at: int
    browser: str
    version: int
    data: str
    secret_hash: str = ""
    old_secret_hash: str = ""
    renewed_at: int = 0
    lasts: int = 0


class SessionStore(Protocol):
    """Keeps sessions. `tests/kit/sessions/test_stores.py` tests this contract.

    Where the engine does not answer, every method soon raises `StoreUnavailableError`.
    Then it has done everything or nothing.
    """

    async def add(
        self, record: Record, expires_at: int, replaces: Record | None = None
    ) -> None:
        """Store a new session, and end the one that it replaces.

        Once this has returned, a crash loses nothing. If it fails, the session that it
        replaces may have ended all the same.
        """
        ...

    async def read(self, session_id: str) -> Record | None:
        """Return the session with this id: one indexed read, or one round trip."""
        ...

    async def touch(self, record: Record, expires_at: int) -> None:
        """Note when a session was used, `seen_at`, unless it has ended."""
        ...

    async def change(self, session_id: str, version: int, data: str) -> bool:
        """Store `data` if the session still has this version; return whether it had."""
        ...

    async def renew(self, record: Record, expires_at: int) -> bool:
        """Store the fields in `RENEWED`; return whether that was done.

        Not if the hash that is stored of the secret is another than the record's
        `old_secret_hash`: then another request was first.
        """
        ...

    async def remove(self, user: str, session_id: str) -> bool:
        """End this session if it is this user's; return whether one has ended."""
        ...

    async def of_user(self, user: str) -> list[Record]:
        """Return the sessions of a user, the newest first."""
        ...

    async def remove_of_user(self, user: str, except_for: str = "") -> int:
        """End all sessions of a user but the one with this id; return how many."""
        ...

    async def clear(self) -> int:
        """End all sessions of all users; return how many ended."""
        ...

    async def remove_expired(self, now: int, limit: int) -> int:
        """Remove up to `limit` expired sessions; return how many were removed.

        0 if the engine removes them itself.
        """
        ...
