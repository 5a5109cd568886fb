"""The rules of a session: how it starts, how long it lasts, how it changes and how it ends."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ValidationError

from app.kit.sessions.attempts import Attempts
from app.kit.sessions.errors import SessionChangedError, SessionEndedError, StoreUnavailableError
from app.kit.sessions.health import Health
from app.kit.sessions.settings import SessionSettings
from app.kit.sessions.store import CLOCKS_DIFFER, RETRY_AFTER, Record, Store
from app.kit.sessions.users import AnyUser, Id, Users

SEEN_AT_PRECISION = 60  # seconds between two notes of the last use: reading seldom writes
# What a browser forgets at sign-out (ASVS 14.3.1). Not "cookies": sibling subdomains have theirs.
CLEAR_SITE_DATA = '"cache", "storage"'

_TRIES = 5
_UNDER_WAY = 60  # seconds for which what an old token named is found
_TRACE = "\u2192"  # in front of its id and user; no client can send this character in a token
# A version starts at a random multiple of this and outlives a renewal, so that a session is told
# from all others of its user whatever its id is.
_VERSIONS = 2**20

Data = TypeVar("Data", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Session(Generic[AnyUser, Data]):
    """Somebody's session. Times are whole seconds since 1970, UTC."""

    record: Record
    user: AnyUser  # as `Users.find` returned it
    data: Data  # what it carries
    _sessions: "Sessions[AnyUser, Data]"

    @property
    def id(self) -> str:
        """Its name in lists. No secret: nobody can find the token from it."""
        return self.record.id

    @property
    def created_at(self) -> int:
        """When somebody signed in."""
        return self.record.created_at

    @property
    def confirmed_at(self) -> int:
        """When the password was last given."""
        return self.record.confirmed_at

    @property
    def is_fresh(self) -> bool:
        """Whether that was within `SESSION_FRESH_FOR` seconds."""
        return self._sessions.now() - self.confirmed_at < self._sessions.fresh_for

    async def update(self, change: Callable[[Data], Data]) -> "Session[AnyUser, Data]":
        """Store what `change` makes of the data; return the session with it.

        Where another request was quicker, `change` is called again with what that one stored.
        Raises SessionChangedError after five times, SessionEndedError if it has ended meanwhile.
        """
        session = self
        for _ in range(_TRIES):
            record, data = session.record, change(session.data)
            # A newer release may have stored fields that this one does not know.
            known, stored = _dump(session.data), json.loads(record.data)
            unknown = {name: value for name, value in stored.items() if name not in known}
            text = json.dumps(unknown | _dump(data))
            if await self._sessions.store.change(record.id, record.version, text):
                record = record._replace(version=record.version + 1, data=text)
                return Session(record, self.user, data, self._sessions)
            session = await self._sessions.reread(self)
        raise SessionChangedError


class Sessions(Generic[AnyUser, Data]):
    """All sessions of the app, in a store. Each carries `data`, whose fields have defaults."""

    def __init__(
        self, store: Store, users: Users[AnyUser], data: type[Data], settings: SessionSettings
    ) -> None:
        self.store = store
        self.users = users
        self.clock: Callable[[], float] = time.time  # tests give their own
        self.attempts = Attempts(users, store, settings, self.now)
        self.health = Health(store, self.now)
        self.fresh_for = settings.session_fresh_for
        self._data = data
        self._settings = settings
        self._notes_again_at = 0

    async def __aenter__(self) -> Self:
        upkeep = self._keep_clean(), self.health.watch()
        self._upkeep = [asyncio.create_task(each) for each in upkeep]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._upkeep:
            task.cancel()
        await asyncio.wait(self._upkeep)
        await self.store.close()

    def now(self) -> int:
        """Return the whole seconds since 1970, UTC."""
        return int(self.clock())

    async def stored(self, token: str | None) -> Record | None:
        """Return what `token` names, or named until just now, even if that signs nobody in."""
        if token is None:
            return None
        if (record := await self.store.read(_id_of(token))) is not None:
            return record
        trace = await self.store.read(_id_of(_TRACE + _id_of(token)))
        # Without an id, `stop` finds the session by when it started.
        return trace and trace._replace(id="", user=trace.user.removeprefix(_TRACE))

    async def find(self, token: str | None) -> Session[AnyUser, Data] | None:
        """Return the session of `token`, and note its use; None where it has none (any longer)."""
        record = None if token is None else await self.store.read(_id_of(token))
        if (session := await self._check(record)) is not None:
            await self._note_use(session.record)
        return session

    async def start(
        self, user: AnyUser, browser: str, replaces: Record | None
    ) -> tuple[str, Session[AnyUser, Data]]:
        """Start a session for `user`, and end `replaces` (ASVS 7.2.4); return its token and it."""
        now, data = self.now(), self._data()
        version, text = secrets.randbelow(2**40) * _VERSIONS + 1, json.dumps(_dump(data))
        if not isinstance(auth_hash := user.auth_hash, str):
            raise TypeError("A user's auth_hash has to be a str.")
        record = Record("", str(user.id), auth_hash, now, now, now, browser[:200], version, text)
        token, record = _with_token(record)
        if replaces is None:
            await self.store.add(record, self._expiry(record))
        elif not await self.store.replace(replaces, record, self._expiry(record)):
            # It was changed, renewed or ended meanwhile.
            await self.store.add(record, self._expiry(record))
            await self.stop(replaces)
        return token, Session(record, user, data, self)

    async def renew(self, session: Session[AnyUser, Data]) -> tuple[str, Session[AnyUser, Data]]:
        """Give `session` a new token after the password; return both. Raises as `update` does."""
        # Requests under way bring the old token: signing in or out by it ends the new one, too.
        record = session.record
        trace = record._replace(id=_id_of(_TRACE + record.id), user=_TRACE + record.user)
        await self.store.add(trace, self.now() + _UNDER_WAY)
        for _ in range(_TRIES):
            if (old := await self._check(await self.store.read(session.id))) is None:
                raise SessionChangedError if await self._found(record) else SessionEndedError
            now = self.now()
            token, record = _with_token(old.record._replace(seen_at=now, confirmed_at=now))
            if await self.store.replace(old.record, record, self._expiry(record)):
                return token, Session(record, old.user, old.data, self)
        raise SessionChangedError

    async def stop(self, record: Record) -> None:
        """End a session, by whatever id it goes by now: somebody may be confirming it meanwhile."""
        found = [record]
        while found and not any([await self.store.remove(each) for each in found]):
            found = await self._found(record)

    async def reread(self, session: Session[AnyUser, Data]) -> Session[AnyUser, Data]:
        """Return `session` as it is stored now, or raise SessionEndedError. It is no use of it."""
        if (current := await self._check(await self.store.read(session.id))) is None:
            raise SessionEndedError
        return current

    async def of_user(self, user_id: Id) -> list[Session[AnyUser, Data]]:
        """Return the sessions of a user that have not ended, the newest first."""
        records = await self.store.of_user(str(user_id))
        user = await self.users.find(str(user_id))
        return list(filter(None, (self._admit(record, user) for record in records)))

    async def end(self, session_id: str, user_id: Id) -> bool:
        """End the session of this id, if it is this user's; return whether there was one."""
        record = await self.store.read(session_id)
        if record is None or record.user != str(user_id):
            return False
        await self.stop(record)
        return True

    async def end_all(self, user_id: Id, except_for: Session[AnyUser, Data] | None = None) -> int:
        """End all sessions of a user, or all others; return how many."""
        return await self.store.remove_of_user(str(user_id), except_for.id if except_for else "")

    async def check(self) -> None:
        """Raise StoreUnavailableError unless the store can be read and written."""
        await self.health.check()

    async def _keep_clean(self) -> None:
        step = 100  # so few that no request is held up
        while True:
            removed = 0
            # Where the store is away, that has been logged; the next attempt follows.
            with suppress(StoreUnavailableError):
                removed = await self.store.remove_expired(self.now(), step)
            await asyncio.sleep(0.05 if removed == step else 60)

    async def _found(self, record: Record) -> list[Record]:
        """Return the session of `record` by the id that it goes by now; none if it has ended."""
        started = record.created_at, record.version // _VERSIONS
        found = await self.store.of_user(record.user)
        return [e for e in found if (e.created_at, e.version // _VERSIONS) == started]

    async def _check(self, record: Record | None) -> Session[AnyUser, Data] | None:
        return record and self._admit(record, await self.users.find(record.user))

    def _admit(self, record: Record, user: AnyUser | None) -> Session[AnyUser, Data] | None:
        """Return the session of `record`, unless its time is over or this release refuses it."""
        in_time = record.created_at - CLOCKS_DIFFER <= self.now() < self._expiry(record)
        # Refused, not removed, without its user or password (ASVS 7.4.2, 7.4.3), or where its data
        # cannot be read: while a new release is rolled out, another instance may know better.
        if in_time and user is not None and user.auth_hash == record.auth_hash:
            with suppress(ValidationError):
                return Session(record, user, self._data.model_validate_json(record.data), self)
        return None

    async def _note_use(self, record: Record) -> None:
        now = self.now()
        if now - record.seen_at < SEEN_AT_PRECISION or now < self._notes_again_at:
            return
        record = record._replace(seen_at=now)
        try:
            await self.store.touch(record, self._expiry(record))
        except StoreUnavailableError:
            # A full disk is no reason to send visitors away, nor to let each of them wait.
            self._notes_again_at = now + RETRY_AFTER

    def _expiry(self, record: Record) -> int:
        limits = self._settings
        oldest = record.created_at + limits.session_absolute_limit
        return min(oldest, record.seen_at + limits.session_idle_limit)


def _with_token(record: Record) -> tuple[str, Record]:
    token = secrets.token_urlsafe(32)
    return token, record._replace(id=_id_of(token))


def _id_of(token: str) -> str:
    # Plain SHA-256 is enough: nobody guesses 256 random bits.
    return sha256(token.encode()).hexdigest()


def _dump(data: BaseModel) -> dict[str, Any]:
    return data.model_dump(mode="json", by_alias=True)
