"""Who may sign in. Replace this module first: keep the two methods, `find` and `authenticate`.

By default the users stand in the setting `USERS`, which `python -m app users add NAME` prints
with one user more. To keep them in a database, look them up there:

- `find(name)` is called with every request of somebody who is signed in: a lookup by key.
- `authenticate(name, password)` is called when somebody signs in or confirms. Let it take the
  same time for a name that nobody has, and return None then, too.

A session ends at the next request after `find` returns None for its user, or another
`auth_hash` than it was started with.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with 19 MiB, as OWASP's Password Storage Cheat Sheet has it."""

# What a name that nobody has is compared with: the hash of a password that nobody knows.
_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
_NO_MATCH: Final = (VerificationError, InvalidHashError, UnicodeEncodeError)
# Each verification takes 19 MiB and a core.
_AT_ONCE: Final = 4


@dataclass(frozen=True)
class User:
    """Somebody who may sign in."""

    name: str
    auth_hash: str
    """Changes when the password does, and tells nothing about it."""


class Users:
    """The users of the setting `USERS`: names, and hashes of their passwords."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes: Final = dict(hashes)
        self._users: Final = {
            name: User(name, sha256(hashed.encode()).hexdigest()) for name, hashed in hashes.items()
        }
        self._slots: Final = asyncio.Semaphore(_AT_ONCE)

    async def find(self, name: str) -> User | None:
        """Return the user of this name."""
        return self._users.get(name)

    async def authenticate(self, name: str, password: str) -> User | None:
        """Return the user of this name if this is the password."""
        hashed = self._hashes.get(name, _NOBODY)
        async with self._slots:
            matches = await asyncio.to_thread(_matches, hashed, password)
        return self._users.get(name) if matches else None


def _matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except _NO_MATCH:
        return False
