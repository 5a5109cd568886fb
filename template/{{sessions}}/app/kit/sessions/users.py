"""The contract of users: who may sign in. Yours are in `app/users.py`."""

import inspect
import unicodedata
from abc import abstractmethod
from typing import Protocol, TypeAlias, TypeVar
from uuid import UUID

# None: a user of SQLModel has no id until it is stored.
Id: TypeAlias = str | int | UUID | None


class User(Protocol):
    """Somebody who may sign in: an object of any class with these two attributes.

    Their types are `object`, not `Id` and `str`, so that SQLAlchemy's `Mapped[int]` and
    `Mapped[str]` fit, too: in a protocol, type checkers do not know what those give.
    """

    @property
    def id(self) -> object:
        """Text, a number or a UUID. Never given to anybody else."""
        ...

    @property
    def auth_hash(self) -> object:
        """Text that changes when the password does, and so ends the user's sessions.

        It must not reveal the password.
        """
        ...


AnyUser = TypeVar("AnyUser", bound=User)
FoundUser = TypeVar("FoundUser", bound=User, covariant=True)


class Users(Protocol[FoundUser]):
    """All who may sign in.

    Three more methods are optional, each async or not:

    - `add(name, password)`: `python -m app users add` prints the text that it returns.
    - `check()` raises an exception if the users' database does not answer. Then failed
      requests are answered 503, and so is `/health`.
    - `close()` closes the connections. It is called when the app or a command ends.
    """

    @abstractmethod
    async def find(self, user_id: str) -> FoundUser | None:
        """Return the user whose id, as text, is `user_id`.

        Called in every request that reads a session.
        """

    @abstractmethod
    async def authenticate(self, name: str, password: str) -> FoundUser | None:
        """Return the user of this name if the password is right.

        Take the same time for a name that nobody has: `app.kit.sessions.verify` does.
        """

    def attempt_key(self, name: str) -> str:
        """Return the key under which attempts to sign in as `name` are counted.

        Names of the same account have the same key.
        """
        # Twice, since folding can undo the normal form, as it does with U+0390.
        folded = unicodedata.normalize("NFKC", name).casefold()
        return unicodedata.normalize("NFKC", folded)


async def call(users: object, method: str) -> None:
    """Call an optional method of `users`, without arguments, if it has it."""
    found = getattr(users, method, None)
    if found is None:
        return
    result = found()
    if inspect.isawaitable(result):
        await result
