"""Who may sign in: a staff of two."""

from dataclasses import dataclass

from app.kit import sessions


@dataclass(frozen=True)
class User:
    id: int
    name: str
    auth_hash: str = ""


class Users(sessions.Users[User]):
    async def find(self, user_id: str) -> User | None:
        return User(1, "ada") if user_id == "1" else None

    async def authenticate(self, name: str, password: str) -> User | None:
        return User(1, "ada") if await sessions.verify(None, password) else None
