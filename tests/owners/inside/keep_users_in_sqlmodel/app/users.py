"""Who may sign in: the users in the database."""

import asyncio
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlmodel import Field, Session, SQLModel, select

from app.db import engine

NOBODY = PasswordHasher().hash("a password that nobody knows")


class User(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    password: str

    @property
    def auth_hash(self) -> str:
        return sha256(self.password.encode()).hexdigest()


class Users:
    async def find(self, name: str) -> User | None:
        return await asyncio.to_thread(self._find, name)

    async def authenticate(self, name: str, password: str) -> User | None:
        user = await self.find(name)
        hashed = user.password if user else NOBODY
        try:
            await asyncio.to_thread(PasswordHasher().verify, hashed, password)
        except VerifyMismatchError:
            return None
        return user

    def _find(self, name: str) -> User | None:
        with Session(engine) as session:
            return session.exec(select(User).where(User.name == name)).first()
