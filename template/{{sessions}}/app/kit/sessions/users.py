"""The contract between sessions and whoever may sign in. Yours stand in `app/users.py`."""

import unicodedata
from abc import abstractmethod
from typing import Protocol, TypeAlias, TypeVar
from uuid import UUID

Id: TypeAlias = str | int | UUID


class User(Protocol):
    """Somebody who may sign in."""

    @property
    def id(self) -> Id:
        """Never given to anybody else."""
        ...

    @property
    def auth_hash(self) -> str:
        """Changes when the password does, which ends sessions, and tells nothing about it."""
        ...


AnyUser = TypeVar("AnyUser", bound=User)
FoundUser = TypeVar("FoundUser", bound=User, covariant=True)


class Users(Protocol[FoundUser]):
    """All who may sign in.

    Where there is `add(name, password)`, async or not, `python -m app users add` calls it, and
    prints the text that it returns.
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
