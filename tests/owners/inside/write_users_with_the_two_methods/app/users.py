"""Who may sign in: a staff of two."""

from dataclasses import dataclass

from app.kit import sessions


@dataclass(frozen=True)
class User:
    id: int
    name: str
    auth_hash: str = ""


STAFF = [User(1, "ada"), User(2, "grace")]


class Users(sessions.Users[User]):
    def __init__(self, password: str) -> None:
        self.password = password

    async def find(self, user_id: str) -> User | None:
        return next((user for user in STAFF if str(user.id) == user_id), None)

    async def authenticate(self, name: str, password: str) -> User | None:
        matches = await sessions.verify(self.password, password)
        return next((user for user in STAFF if matches and user.name == name), None)
