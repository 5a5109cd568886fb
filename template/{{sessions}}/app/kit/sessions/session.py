"""The rules of a session: how it starts, how it is found, how it changes and ends."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

from pydantic import BaseModel, ValidationError

from app.kit.sessions.attempts import Attempts
from app.kit.sessions.cleaning import keep_clean
from app.kit.sessions.errors import (
    SessionChangedError,
    SessionEndedError,
    StoreUnavailableError,
)
from app.kit.sessions.expiry import expires_at, has_expired
from app.kit.sessions.health import Health
from app.kit.sessions.session_data import dump, dump_change
from app.kit.sessions.settings import SessionSettings
from app.kit.sessions.store import RETRY_AFTER, Record, Store
from app.kit.sessions.tokens import (
    hash_of,
    is_previous_secret,
    is_secret,
    new_id,
    new_secret,
    read_token,
)
from app.kit.sessions.users import AnyUser, Id, Users

# Seconds. The last use is noted no more often, so that most reads write nothing.
SEEN_AT_PRECISION = 60
# What a browser removes at sign-out (ASVS 14.3.1). Not "cookies": that would remove
# those of sibling subdomains, too.
CLEAR_SITE_DATA = '"cache", "storage"'

_TRIES = 5
_BROWSER_LENGTH = 200  # characters

Data = TypeVar("Data", bound=BaseModel)


@dataclass(frozen=True, eq=False, slots=True)
class Session(Generic[AnyUser, Data]):
    """Somebody's session. Times are whole seconds since 1970, UTC.

    Attributes:
        record: what is stored of it.
        user: as `Users.find` returned it.
        data: what it carries; `update` changes it.
    """

    record: Record
    user: AnyUser
    data: Data
    _sessions: "Sessions[AnyUser, Data]"

    @property
    def id(self) -> str:
        """Its name in lists, for as long as it lasts. No secret: it signs nobody in."""
        return self.record.id

    @property
    def created_at(self) -> int:
        """When its user signed in."""
        return self.record.created_at

    @property
    def confirmed_at(self) -> int:
        """When its user last gave the password."""
        return self.record.confirmed_at

    @property
    def is_fresh(self) -> bool:
        """Whether that was within `SESSION_FRESH_FOR` seconds."""
        seconds = self._sessions.now() - self.confirmed_at
        return seconds < self._sessions.fresh_for

    async def update(self, change: Callable[[Data], Data]) -> "Session[AnyUser, Data]":
        """Store what `change` makes of the data; return the session with it.

        If another request changes the data first, `change` is called again, with what
        that request stored. Raises SessionChangedError after five such calls, and
        SessionEndedError if the session has ended.
        """
        session = self
        store = self._sessions.store
        for _ in range(_TRIES):
            record, data = session.record, change(session.data)
            text = dump_change(record.data, session.data, data)
            if await store.change(record.id, record.version, text):
                record = record._replace(version=record.version + 1, data=text)
                return replace(session, record=record, data=data)
            session = await self._sessions.reread(session)
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
        for name, field in data.model_fields.items():
            if field.is_required():
                raise TypeError(
                    f"{data.__name__}.{name} needs a default, for sessions that were "
                    f"stored before it was there: {name}: … = …"
                )
        self.store = store
        self.users = users
        self.clock: Callable[[], float] = time.time  # tests set their own
        self.attempts = Attempts(users, store, settings, self.now)
        self.health = Health(store, users, self.now)
        self.fresh_for = settings.session_fresh_for
        self._data = data
        self._settings = settings
        self._notes_uses_from = 0
        self._entered = 0
        self._upkeep: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._entered += 1  # A `lifespan` from before 0.10.0 enters it a second time.
        if self._entered == 1:
            self._upkeep = [
                asyncio.create_task(keep_clean(self.store, self.now)),
                asyncio.create_task(self.health.watch()),
            ]
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

    async def start(
        self, user: AnyUser, browser: str, replaces: Record | None
    ) -> tuple[str, Session[AnyUser, Data]]:
        """Start a session and end `replaces` (ASVS 7.2.4).

        Return the token for the cookie, and the session.
        """
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
            browser=browser[:_BROWSER_LENGTH],
            version=1,
            data=dump(data),
            secret_hash=hash_of(secret),
        )
        await self.store.add(record, expires_at(record, self._settings), replaces)
        return f"{record.id}.{secret}", Session(record, user, data, self)

    async def find(self, token: str | None) -> Session[AnyUser, Data] | None:
        """Return the session of `token`, or None; note that it was used."""
        record, secret_hash = await self._look_up(token)
        if record is None or not is_secret(record, secret_hash):
            return None
        user = await self.users.find(record.user)
        session = self._admit(record, user)
        if session is not None and self.now() - record.seen_at >= SEEN_AT_PRECISION:
            await self._note_use(record)
        return session

    async def stored(self, token: str | None) -> Record | None:
        """Return what is stored under `token`, though `find` may refuse it.

        Signing in and out end it: another instance of the app may accept it. For a
        minute after a renewal the previous secret finds it, too: a request that signs
        out may have been under way.
        """
        record, secret_hash = await self._look_up(token)
        if record is None or is_secret(record, secret_hash):
            return record
        if is_previous_secret(record, secret_hash, self.now()):
            return record
        return None

    async def reread(self, session: Session[AnyUser, Data]) -> Session[AnyUser, Data]:
        """Return `session` as it is stored now, without noting a use of it.

        Raises SessionEndedError if it has ended.
        """
        record = await self.store.read(session.id)
        if record is not None:
            user = await self.users.find(record.user)
            current = self._admit(record, user)
            if current is not None:
                return current
        raise SessionEndedError

    async def renew(
        self, session: Session[AnyUser, Data]
    ) -> tuple[str, Session[AnyUser, Data]]:
        """Give `session` a new secret, once its user has given the password.

        Return the token for the cookie, and the session. The previous secret signs
        nobody in from now on (ASVS 7.2.4).

        Raises SessionChangedError if another request has renewed it meanwhile, and
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
        if not await self.store.renew(record, expires_at(record, self._settings)):
            await self.reread(session)  # raises SessionEndedError if that is why
            raise SessionChangedError
        token = f"{record.id}.{secret}"
        return token, Session(record, session.user, session.data, self)

    async def stop(self, record: Record) -> None:
        """End a session."""
        await self.store.remove(record.user, record.id)

    async def of_user(self, user_id: Id) -> list[Session[AnyUser, Data]]:
        """Return the sessions of a user that have not ended, the newest first."""
        records = await self.store.of_user(str(user_id))
        user = await self.users.find(str(user_id))
        found = [self._admit(record, user) for record in records]
        return [session for session in found if session is not None]

    async def end(self, session_id: str, user_id: Id) -> bool:
        """End the session of this id if it is this user's; return whether it was."""
        return await self.store.remove(str(user_id), session_id)

    async def end_all(
        self, user_id: Id, except_for: Session[AnyUser, Data] | None = None
    ) -> int:
        """End all sessions of a user, or all but one; return how many ended."""
        kept = except_for.id if except_for else ""
        return await self.store.remove_of_user(str(user_id), kept)

    async def check(self) -> None:
        """Raise a 503 unless the store and the users' database answer."""
        await self.health.check()

    async def _look_up(self, token: str | None) -> tuple[Record | None, str]:
        """Return what the id in `token` names, and the hash of the secret in it."""
        if token is None:
            return None, ""
        session_id, secret_hash = read_token(token)
        return await self.store.read(session_id), secret_hash

    def _admit(
        self, record: Record, user: AnyUser | None
    ) -> Session[AnyUser, Data] | None:
        """Return the session of `record`; None if it has ended or is refused."""
        if has_expired(record, self._settings, self.now()):
            return None
        # What is refused from here on stays in the store: during a rolling deployment
        # an instance of another release may know the user, or read the data.
        if user is None or user.auth_hash != record.auth_hash:  # ASVS 7.4.2, 7.4.3
            return None
        try:
            data = self._data.model_validate_json(record.data)
        except ValidationError:
            return None
        return Session(record, user, data, self)

    async def _note_use(self, record: Record) -> None:
        now = self.now()
        if now < self._notes_uses_from:
            return
        record = record._replace(seen_at=now)
        try:
            await self.store.touch(record, expires_at(record, self._settings))
        except StoreUnavailableError:
            # A full disk is no reason to refuse visitors, nor to let each of them wait.
            self._notes_uses_from = now + RETRY_AFTER
