"""Who may sign in: the users in the database."""

import asyncio

from sqlalchemy import ColumnElement, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.kit import sessions

ENGINE = create_engine("sqlite:///users.db")


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    auth_hash: Mapped[str]


class Users(sessions.Users[User]):
    async def find(self, user_id: str) -> User | None:
        return await asyncio.to_thread(self._find, User.id == int(user_id))

    async def authenticate(self, name: str, password: str) -> User | None:
        user = await asyncio.to_thread(self._find, User.name == name)
        return user if await sessions.verify(user.password if user else None, password) else None

    async def check(self) -> None:
        await asyncio.to_thread(self._check)

    async def close(self) -> None:
        ENGINE.dispose()

    def _find(self, condition: ColumnElement[bool]) -> User | None:
        with Session(ENGINE) as session:
            return session.scalars(select(User).where(condition)).first()

    def _check(self) -> None:
        with ENGINE.connect() as connection:
            connection.execute(text("SELECT 1"))
