"""The contract between sessions and whoever may sign in. Yours stand in `app/users.py`."""

import inspect
import unicodedata
from abc import abstractmethod
from typing import Protocol, TypeAlias, TypeVar
from uuid import UUID

Id: TypeAlias = str | int | UUID | None  # None: SQLModel's users have no id until they are stored


class User(Protocol):
    """Somebody who may sign in: an object of any class that has these two.

    Not `Id` and `str` here: a class's own attribute may be a descriptor, as SQLAlchemy's
    `Mapped[int]` is, of which no type checker knows in a protocol what it gives.
    """

    @property
    def id(self) -> object:
        """Text, a number or a UUID. Never given to anybody else."""
        ...

    @property
    def auth_hash(self) -> object:
        """Text. Changes when the password does, which ends sessions, and tells nothing about it."""
        ...


AnyUser = TypeVar("AnyUser", bound=User)
FoundUser = TypeVar("FoundUser", bound=User, covariant=True)


class Users(Protocol[FoundUser]):
    """All who may sign in.

    It may have three more methods, each async or not:

    - `add(name, password)`: `python -m app users add` prints the text that it returns.
    - `check()` raises anything where the users' database does not answer. Then requests that fail
      are answered 503, and so is `/health`.
    - `close()` closes the connections, when the app or a command ends.
    """

    @abstractmethod
    async def find(self, user_id: str) -> FoundUser | None:
        """Return the user whose id reads so: with each request of somebody who is signed in."""

    @abstractmethod
    async def authenticate(self, name: str, password: str) -> FoundUser | None:
        """Return the user of this name if this is the password.

        Let it take the same time for a name that nobody has: `app.kit.sessions.verify` does.
        """

    def attempt_key(self, name: str) -> str:
        """Return under what attempts to sign in as `name` are counted: the same for one account."""
        # Folding can undo the normal form, as it does with U+0390.
        folded = unicodedata.normalize("NFKC", name).casefold()
        return unicodedata.normalize("NFKC", folded)


async def call(users: object, method: str) -> None:
    """Call one of the methods that `users` may have, without arguments."""
    if (found := getattr(users, method, None)) is not None and inspect.isawaitable(done := found()):
        await done
