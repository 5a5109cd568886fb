"""The rules of a session: how it starts, how long it lasts, how it changes and how it ends."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Final

from pydantic import ValidationError
from starlette.exceptions import HTTPException

from app.sessions.data import SessionData
from app.sessions.store import Record, Store, StoreUnavailableError
from app.users import User, Users

SEEN_AT_PRECISION: Final = 60
"""Seconds between two notes of a session's last use, so that reading one seldom writes."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_ATTEMPTS: Final = 5
_BROWSER_LENGTH: Final = 200
_SWEEP_EVERY, _SWEEP_STEP, _SWEEP_PAUSE = 60, 100, 0.05


class SessionChangedError(HTTPException):
    """Other requests changed the session's data each time this one was about to: 409."""

    def __init__(self) -> None:
        super().__init__(409, "Another request changed the session at the same time. Try again.")


class SessionEndedError(HTTPException):
    """The session ended while the request was at work: 401."""

    def __init__(self) -> None:
        super().__init__(401, "Your session has ended. Sign in again.")


class Session:
    """Somebody's session. Times are whole seconds since 1970, UTC."""

    __slots__ = ("_sessions", "record")

    def __init__(self, record: Record, sessions: "Sessions") -> None:
        self.record: Final = record
        self._sessions: Final = sessions

    @property
    def id(self) -> str:
        """Its name in lists. No secret: nobody can find the token from it."""
        return self.record.id

    @property
    def user(self) -> str:
        """The name of its user."""
        return self.record.user

    @property
    def created_at(self) -> int:
        """When somebody signed in."""
        return self.record.created_at

    @property
    def confirmed_at(self) -> int:
        """When the password was last given."""
        return self.record.confirmed_at

    @property
    def seen_at(self) -> int:
        """When it was last used, to the minute."""
        return self.record.seen_at

    @property
    def browser(self) -> str:
        """The User-Agent it was started with, cut to 200 characters."""
        return self.record.browser

    @property
    def is_fresh(self) -> bool:
        """Whether the password was given within `SESSION_FRESH_FOR` seconds."""
        return self._sessions.now() - self.confirmed_at < self._sessions.fresh_for

    @property
    def data(self) -> SessionData:
        """What it carries.

        Raises:
            SessionEndedError: a version of the app stored it that this one cannot read.
        """
        try:
            return SessionData.model_validate_json(self.record.data)
        except ValidationError:
            raise SessionEndedError from None

    async def update(self, change: Callable[[SessionData], SessionData]) -> "Session":
        """Store what `change` makes of the data; return the session with it.

        Where another request was quicker, `change` is called again with what that one stored.

        Raises:
            SessionChangedError: others were quicker five times.
            SessionEndedError: the session has ended meanwhile.
        """
        session = self
        for _ in range(_ATTEMPTS):
            record, text = session.record, change(session.data).model_dump_json()
            if await self._sessions.store.change(record.id, record.version, text):
                record = record._replace(version=record.version + 1, data=text)
                return Session(record, self._sessions)
            session = await self._sessions.reread(self)
        raise SessionChangedError


class Sessions:
    """All sessions of the app, in a store.

    Args:
        store: where they are kept.
        users: who they belong to.
        idle_limit: seconds without a request after which a session ends.
        absolute_limit: seconds after which it ends in any case.
        fresh_for: seconds for which a password that was given counts as recent.
        clock: returns the seconds since 1970; tests give their own.
    """

    def __init__(
        self,
        store: Store,
        users: Users,
        *,
        idle_limit: int,
        absolute_limit: int,
        fresh_for: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store: Final = store
        self.idle_limit: Final = idle_limit
        self.absolute_limit: Final = absolute_limit
        self.fresh_for: Final = fresh_for
        self.clock = clock
        self.users: Final = users

    def now(self) -> int:
        """Return the whole seconds since 1970, UTC."""
        return int(self.clock())

    async def find(self, token: str) -> Session | None:
        """Return the session of `token`; None where it has none (any longer)."""
        if not _TOKEN.fullmatch(token):
            return None
        return await self._check(await self.store.read(_id_of(token)))

    async def start(
        self, user: User, browser: str, replaces: Session | None
    ) -> tuple[str, Session]:
        """Start a session for `user`, who has just proven who it is; return its token and it.

        It ends the session `replaces`: a token from before the sign-in is worth nothing after it
        (ASVS 7.2.4).
        """
        now = self.now()
        token, record = _new(
            Record(
                id="",
                user=user.name,
                auth_hash=user.auth_hash,
                created_at=now,
                seen_at=now,
                confirmed_at=now,
                browser=browser[:_BROWSER_LENGTH],
                version=1,
                data=SessionData().model_dump_json(),
            )
        )
        await self.store.add(record, self._expiry(record))
        if replaces is not None:
            await self.store.remove(replaces.id)
        return token, Session(record, self)

    async def renew(self, session: Session) -> tuple[str, Session]:
        """Give `session` a new token, and end the old one; return the new one and the session.

        For a change of privilege. The user has just given the password.

        Raises:
            SessionEndedError: the session has ended meanwhile.
        """
        for _ in range(_ATTEMPTS):
            old = await self.reread(session)
            now = self.now()
            token, record = _new(old.record._replace(seen_at=now, confirmed_at=now))
            if await self.store.replace(old.id, old.record.version, record, self._expiry(record)):
                return token, Session(record, self)
        raise SessionChangedError

    async def of_user(self, user: str) -> list[Session]:
        """Return the sessions of a user that have not ended, the newest first."""
        checked = [await self._check(each, used=False) for each in await self.store.of_user(user)]
        return [each for each in checked if each is not None]

    async def end(self, session_id: str, user: str) -> bool:
        """End the session of this id, if it is this user's; return whether there was one."""
        record = await self.store.read(session_id)
        return record is not None and record.user == user and await self.store.remove(session_id)

    async def end_all(self, user: str, but: Session | None = None) -> int:
        """End all sessions of a user, apart from `but`; return how many."""
        return await self.store.remove_of_user(user, keep=but.id if but else "")

    async def keep_clean(self) -> None:
        """Remove expired sessions for ever, in small steps that hold up no request."""
        while True:
            removed = 0
            # Where the store is away, that has been logged; the next attempt follows.
            with suppress(StoreUnavailableError):
                removed = await self.store.remove_expired(self.now(), _SWEEP_STEP)
            await asyncio.sleep(_SWEEP_PAUSE if removed == _SWEEP_STEP else _SWEEP_EVERY)

    async def _check(self, record: Record | None, *, used: bool = True) -> Session | None:
        if record is None:
            return None
        now = self.now()
        if now >= self._expiry(record):
            return None
        user = await self.users.find(record.user)
        if user is None or user.auth_hash != record.auth_hash:
            # The user is gone or has another password (ASVS 7.4.2, 7.4.3).
            if used:
                await self.store.remove(record.id)
            return None
        if used and now - record.seen_at >= SEEN_AT_PRECISION:
            record = record._replace(seen_at=now)
            await self.store.touch(record, self._expiry(record))
        return Session(record, self)

    async def reread(self, session: Session) -> Session:
        """Return `session` as it stands in the store now.

        Raises:
            SessionEndedError: it has ended.
        """
        current = await self._check(await self.store.read(session.id))
        if current is None:
            raise SessionEndedError
        return current

    def _expiry(self, record: Record) -> int:
        return min(record.created_at + self.absolute_limit, record.seen_at + self.idle_limit)


def _new(record: Record) -> tuple[str, Record]:
    token = secrets.token_urlsafe(32)
    return token, record._replace(id=_id_of(token))


def _id_of(token: str) -> str:
    # Plain SHA-256 is enough: nobody guesses 256 random bits.
    return sha256(token.encode()).hexdigest()
