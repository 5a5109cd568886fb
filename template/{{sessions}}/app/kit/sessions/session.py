"""The rules of a session: how it starts, how long it lasts, how it changes and ends."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ValidationError

from app.kit.sessions.attempts import Attempts
from app.kit.sessions.cleaning import keep_clean
from app.kit.sessions.errors import (
    SessionChangedError,
    SessionEndedError,
    StoreUnavailableError,
)
from app.kit.sessions.health import Health
from app.kit.sessions.settings import SessionSettings
from app.kit.sessions.store import CLOCKS_DIFFER, RETRY_AFTER, Record, Store
from app.kit.sessions.tokens import hash_of, new_id, new_secret, read_token
from app.kit.sessions.users import AnyUser, Id, Users

# Seconds between two notes of the last use: reading seldom writes.
SEEN_AT_PRECISION = 60
# What a browser forgets at sign-out (ASVS 14.3.1). Not "cookies": sibling subdomains
# have theirs.
CLEAR_SITE_DATA = '"cache", "storage"'

_TRIES = 5
# Seconds for which the secret before still ends the session: for requests under way.
_UNDER_WAY = 60

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
        """Its name in lists, for as long as it lasts. No secret: it signs nobody in."""
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

        Where another request was quicker, `change` is called again with what that one
        stored. Raises SessionChangedError after five times, SessionEndedError if it has
        ended meanwhile.
        """
        session = self
        for _ in range(_TRIES):
            record, data = session.record, change(session.data)
            # A newer release may have stored fields that this one does not know.
            known, stored = _dump(session.data), json.loads(record.data)
            unknown = {
                name: value for name, value in stored.items() if name not in known
            }
            text = json.dumps(unknown | _dump(data))
            if await self._sessions.store.change(record.id, record.version, text):
                record = record._replace(version=record.version + 1, data=text)
                return Session(record, self.user, data, self._sessions)
            session = await self._sessions.reread(self)
        raise SessionChangedError


class Sessions(Generic[AnyUser, Data]):
    """All sessions of the app. Each carries `data`, whose fields have defaults."""

    def __init__(
        self,
        store: Store,
        users: Users[AnyUser],
        data: type[Data],
        settings: SessionSettings,
    ) -> None:
        self.store = store
        self.users = users
        self.clock: Callable[[], float] = time.time  # tests give their own
        self.attempts = Attempts(users, store, settings, self.now)
        self.health = Health(store, users, self.now)
        self.fresh_for = settings.session_fresh_for
        self._data = data
        self._settings = settings
        self._notes_again_at = 0
        self._entered = 0

    async def __aenter__(self) -> Self:
        self._entered += 1  # A `lifespan` from before 0.10.0 enters it a second time.
        if self._entered == 1:
            upkeep = keep_clean(self.store, self.now), self.health.watch()
            self._upkeep = [asyncio.create_task(each) for each in upkeep]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._entered -= 1
        if self._entered:
            return
        for task in self._upkeep:
            task.cancel()
        await asyncio.wait(self._upkeep)
        await self.store.close()

    def now(self) -> int:
        """Return the whole seconds since 1970, UTC."""
        return int(self.clock())

    async def stored(self, token: str | None) -> Record | None:
        """Return what `token` names, even if that signs nobody in: to end it.

        The secret before a confirmation names it for another minute: a request that
        signs out may be under way while another one confirms.
        """
        record, secret_hash = await self._read(token)
        if record is None or compare_digest(record.secret_hash, secret_hash):
            return record
        is_under_way = abs(self.now() - record.renewed_at) < _UNDER_WAY
        if is_under_way and compare_digest(record.old_secret_hash, secret_hash):
            return record
        return None

    async def find(self, token: str | None) -> Session[AnyUser, Data] | None:
        """Return the session of `token`, and note its use; None where it has none."""
        record, secret_hash = await self._read(token)
        if record is None or not compare_digest(record.secret_hash, secret_hash):
            return None
        session = self._admit(record, await self.users.find(record.user))
        if session is not None and self.now() - record.seen_at >= SEEN_AT_PRECISION:
            await self._note_use(record)
        return session

    async def start(
        self, user: AnyUser, browser: str, replaces: Record | None
    ) -> tuple[str, Session[AnyUser, Data]]:
        """Start a session and end `replaces` (ASVS 7.2.4); return its token and it."""
        if not isinstance(auth_hash := user.auth_hash, str):
            raise TypeError("A user's auth_hash has to be a str.")
        now, data, secret = self.now(), self._data(), new_secret()
        record = Record(
            id=new_id(str(user.id)),
            user=str(user.id),
            auth_hash=auth_hash,
            created_at=now,
            seen_at=now,
            confirmed_at=now,
            browser=browser[:200],
            version=1,
            data=json.dumps(_dump(data)),
            secret_hash=hash_of(secret),
        )
        await self.store.add(record, self._expiry(record), replaces)
        return f"{record.id}.{secret}", Session(record, user, data, self)

    async def renew(
        self, session: Session[AnyUser, Data]
    ) -> tuple[str, Session[AnyUser, Data]]:
        """Give `session` a new secret after the password; return its token and it.

        The secret before signs nobody in from now on (ASVS 7.2.4). Raises
        SessionChangedError where another request renewed it meanwhile, and
        SessionEndedError if it has ended.
        """
        now, secret = self.now(), new_secret()
        record = session.record._replace(
            secret_hash=hash_of(secret),
            old_secret_hash=session.record.secret_hash,
            renewed_at=now,
            seen_at=now,
            confirmed_at=now,
        )
        if not await self.store.renew(record, self._expiry(record)):
            await self.reread(session)
            raise SessionChangedError
        return f"{record.id}.{secret}", Session(
            record, session.user, session.data, self
        )

    async def stop(self, record: Record) -> None:
        """End a session."""
        await self.store.remove(record.user, record.id)

    async def reread(self, session: Session[AnyUser, Data]) -> Session[AnyUser, Data]:
        """Return `session` as it is stored now; raise SessionEndedError if it has ended.

        Its idle time goes on: this does not count as a use.
        """
        record = await self.store.read(session.id)
        if record is not None:
            user = await self.users.find(record.user)
            current = self._admit(record, user)
            if current is not None:
                return current
        raise SessionEndedError

    async def of_user(self, user_id: Id) -> list[Session[AnyUser, Data]]:
        """Return the sessions of a user that have not ended, the newest first."""
        records = await self.store.of_user(str(user_id))
        user = await self.users.find(str(user_id))
        return list(filter(None, (self._admit(each, user) for each in records)))

    async def end(self, session_id: str, user_id: Id) -> bool:
        """End the session of this id if it is this user's; return whether it was."""
        return await self.store.remove(str(user_id), session_id)

    async def end_all(
        self, user_id: Id, except_for: Session[AnyUser, Data] | None = None
    ) -> int:
        """End all sessions of a user, or all others; return how many."""
        kept = except_for.id if except_for else ""
        return await self.store.remove_of_user(str(user_id), kept)

    async def check(self) -> None:
        """Raise what is a 503 unless the store and the users' database are there."""
        await self.health.check()

    async def _read(self, token: str | None) -> tuple[Record | None, str]:
        """Return the record of the id in `token`, and the hash of the secret in it."""
        if token is None:
            return None, ""
        session_id, secret_hash = read_token(token)
        return await self.store.read(session_id), secret_hash

    def _admit(
        self, record: Record, user: AnyUser | None
    ) -> Session[AnyUser, Data] | None:
        """Return the session of `record`, unless its time is over or it is refused."""
        in_time = record.created_at - CLOCKS_DIFFER <= self.now() < self._expiry(record)
        # Refused, not removed, without its user or password (ASVS 7.4.2, 7.4.3), or
        # where its data cannot be read: while a new release is rolled out, another
        # instance may know better.
        if in_time and user is not None and user.auth_hash == record.auth_hash:
            with suppress(ValidationError):
                data = self._data.model_validate_json(record.data)
                return Session(record, user, data, self)
        return None

    async def _note_use(self, record: Record) -> None:
        if (now := self.now()) < self._notes_again_at:
            return
        record = record._replace(seen_at=now)
        try:
            await self.store.touch(record, self._expiry(record))
        except StoreUnavailableError:
            # A full disk is no reason to send visitors away, nor to let each wait.
            self._notes_again_at = now + RETRY_AFTER

    def _expiry(self, record: Record) -> int:
        if record.lasts:
            return record.created_at + record.lasts
        oldest = record.created_at + self._settings.session_absolute_limit
        return min(oldest, record.seen_at + self._settings.session_idle_limit)


def _dump(data: BaseModel) -> dict[str, Any]:
    return data.model_dump(mode="json", by_alias=True)
