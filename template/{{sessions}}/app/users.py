"""Who may sign in. This file is yours: keep users wherever you like.

By default they are in the setting `USERS`. To keep them in a database, look them up there;
`app/kit/sessions/users.py` says what sessions need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from app.kit import dotenv_line
from app.kit.sessions import Users as BaseUsers
from app.kit.sessions import hash_password, verify


@dataclass(frozen=True)
class User:
    """Somebody who may sign in."""

    name: str
    auth_hash: str

    @property
    def id(self) -> str:
        return self.name


class Users(BaseUsers[User]):
    """The users of the setting `USERS`: names, and hashes of their passwords."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self.hashes = hashes

    async def find(self, user_id: str) -> User | None:
        hashed = self.hashes.get(user_id)
        # A hash of the hash: it changes when the password does, and does not reveal it.
        return User(user_id, sha256(hashed.encode()).hexdigest()) if hashed else None

    async def authenticate(self, name: str, password: str) -> User | None:
        matches = await verify(self.hashes.get(name), password)
        return await self.find(name) if matches else None

    def add(self, name: str, password: str) -> str:
        """Return what `python -m app users add` prints."""
        line = dotenv_line("USERS", {**self.hashes, name: hash_password(password)})
        return f"Write this into .env, in place of the line USERS, and restart the app:\n{line}"
