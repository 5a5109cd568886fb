"""`Session`, one signed-in session, and `Sessions`, the rules for all of them.

ASVS is the OWASP Application Security Verification Standard 5.0.
"""

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
    had_secret,
    has_secret,
    hash_of,
    new_id,
    new_secret,
    read_token,
)
from app.kit.sessions.users import AnyUser, Id, Users

# In seconds: a use is noted at most this often, so that most reads write nothing.
SEEN_AT_PRECISION = 60
# The header Clear-Site-Data, at sign-out (ASVS 14.3.1). Not "cookies": that would also
# remove those of sibling subdomains.
CLEAR_SITE_DATA = '"cache", "storage"'

_TRIES = 5
_BROWSER_LENGTH = 200  # characters

Data = TypeVar("Data", bound=BaseModel)


@dataclass(frozen=True, eq=False, slots=True)
class Session(Generic[AnyUser, Data]):
    """A user's session. Times are whole seconds since 1970, UTC.

    Attributes:
        record: its stored form.
        user: the user, an object of the app's own class.
        data: what it carries. `update` stores a change, and returns a new Session.
    """

    record: Record
    user: AnyUser
    data: Data
    _sessions: "Sessions[AnyUser, Data]"

    @property
    def id(self) -> str:
        """Its name in lists, which never changes. Not a secret: it signs nobody in."""
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
        """Whether the password was given in the last `SESSION_FRESH_FOR` seconds."""
        seconds = self._sessions.now() - self.confirmed_at
        return seconds < self._sessions.fresh_for

    async def update(self, change: Callable[[Data], Data]) -> "Session[AnyUser, Data]":
        """Store what `change` returns for the data; return the session with it.

        `change` returns a copy, such as `data.model_copy(update=...)`. If another
        request changes the data first, `change` is called again, with what that request
        stored. Raises SessionChangedError if five calls in all were too late, and
        SessionEndedError if the session has ended.
        """
        session = self
        store = self._sessions.store
        for _ in range(_TRIES):
            record = session.record
            data = change(session.data)
            # Keeps fields of `record.data` that only another release knows.
            text = dump_change(record.data, session.data, data)
            if await store.change(record.id, record.version, text):
                record = record._replace(version=record.version + 1, data=text)
                return replace(session, record=record, data=data)
            session = await self._sessions.reread(session)  # or SessionEndedError
        raise SessionChangedError


class Sessions(Generic[AnyUser, Data]):
    """All sessions of the app.

    Each carries an instance of the model `data`, whose fields must all have defaults.
    """

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
        self._notes_no_use_until = 0  # set after a write that failed
        self._entered = 0
        self._upkeep: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        # `add_sessions` enters it. So does a `lifespan` in a project that was made
        # before version 0.10.0 of the template.
        self._entered += 1
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
        """Start a session, and end the one that it replaces, if any (ASVS 7.2.4).

        `browser` is the header User-Agent. Return the token for the cookie, and the
        session. Raises TypeError if the user's `auth_hash` is no text: None would equal
        None when `_admit` looks whether the password is still the same.
        """
        auth_hash = user.auth_hash
        if not isinstance(auth_hash, str):
            raise TypeError("A user's auth_hash has to be a str.")
        now = self.now()
        data = self._data()
        secret = new_secret()
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
        """Return the session of `token`, or None. Its use is noted, once a minute."""
        record, secret_hash = await self._look_up(token)
        if record is None or not has_secret(record, secret_hash):
            return None
        user = await self.users.find(record.user)
        session = self._admit(record, user)
        if session is not None and self.now() - record.seen_at >= SEEN_AT_PRECISION:
            await self._note_use(record)
        return session

    async def stored(self, token: str | None) -> Record | None:
        """Return the record of `token`, even if `find` would refuse it.

        Signing in and signing out end it even then, because another instance of the app
        may accept it. For a minute after a renewal the previous secret finds it, too: a
        sign-out may have been sent with the old cookie.
        """
        record, secret_hash = await self._look_up(token)
        if record is None:
            return None
        is_its_own = has_secret(record, secret_hash)
        if is_its_own or had_secret(record, secret_hash, self.now()):
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
        """Give `session` a new secret, and count its password as given now.

        Call this only after its user has given the password. Return the token for the
        cookie, and the session. The previous secret signs nobody in from now on
        (ASVS 7.2.4).

        Raises SessionChangedError if another request has renewed it meanwhile, and
        SessionEndedError if it has ended.
        """
        now = self.now()
        secret = new_secret()
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
        """End the session of a record that `stored` returned."""
        await self.store.remove(record.user, record.id)

    async def of_user(self, user_id: Id) -> list[Session[AnyUser, Data]]:
        """Return a user's sessions that `find` would accept, the newest first."""
        records = await self.store.of_user(str(user_id))
        user = await self.users.find(str(user_id))
        found = [self._admit(record, user) for record in records]
        return [session for session in found if session is not None]

    async def end(self, session_id: str, user_id: Id) -> bool:
        """End this session if it is this user's; return whether one has ended."""
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
        """Return the record of the id in `token`, and the hash of its secret."""
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
        # All that is refused stays stored. What has expired is removed in time; during
        # a rolling deployment, an instance of another release may accept the rest.
        if user is None or user.auth_hash != record.auth_hash:
            return None  # no such user, or another password (ASVS 7.4.2, 7.4.3)
        try:
            data = self._data.model_validate_json(record.data)
        except ValidationError:
            return None
        return Session(record, user, data, self)

    async def _note_use(self, record: Record) -> None:
        now = self.now()
        if now < self._notes_no_use_until:
            return
        record = record._replace(seen_at=now)
        try:
            await self.store.touch(record, expires_at(record, self._settings))
        except StoreUnavailableError:
            # The session was read, so only writing fails, as on a full disk. That is no
            # reason to refuse visitors, nor to make each of them wait for it.
            self._notes_no_use_until = now + RETRY_AFTER
