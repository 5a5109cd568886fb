"""What path operations, WebSockets and whole routers declare in `Depends` to get the session."""

from typing import Annotated, Generic

from fastapi import Depends
from fastapi.requests import HTTPConnection
from starlette.exceptions import HTTPException

from app.kit.caching import make_personal
from app.kit.cookie import Cookie
from app.kit.cookie_header import read_raw
from app.kit.request import shared
from app.kit.sessions.attempts import Attempts
from app.kit.sessions.session import Data, Session, Sessions
from app.kit.sessions.store import Record
from app.kit.sessions.users import AnyUser
from app.kit.sessions.visitor import Visitor


class SessionDependencies(Generic[AnyUser, Data]):
    """The dependencies for `app.state.sessions`, whose token `cookie` carries."""

    def __init__(self, cookie: Cookie[str]) -> None:
        self._cookie = cookie

        async def required(
            session: Annotated[Session[AnyUser, Data] | None, Depends(self.optional)],
        ) -> Session[AnyUser, Data]:
            """Return the session of who is asking; 401 where nobody is signed in."""
            if session is None:
                raise HTTPException(401, "Sign in first.")
            return session

        async def fresh(
            session: Annotated[Session[AnyUser, Data], Depends(required)],
        ) -> Session[AnyUser, Data]:
            """Return the same; 403 where the password was not given recently (ASVS 7.5.1)."""
            if not session.is_fresh:
                raise HTTPException(403, "Confirm first that it is still you, with your password.")
            return session

        # Each depends on the one before, so that an override of that one holds for it, too.
        self.required, self.fresh = required, fresh

    async def optional(self, connection: HTTPConnection) -> Session[AnyUser, Data] | None:
        """Return the session of who is asking; None where nobody is signed in."""
        sessions = await self.all(connection)
        return await sessions.find(read_raw(connection, self._cookie.name))

    async def stored(self, connection: HTTPConnection) -> Record | None:
        """Return what the token names, for signing in and out: another instance may take it."""
        sessions = await self.all(connection)
        return await sessions.stored(read_raw(connection, self._cookie.name))

    async def all(self, connection: HTTPConnection) -> Sessions[AnyUser, Data]:
        """Return all sessions, to list and end them."""
        make_personal(connection)
        sessions: Sessions[AnyUser, Data] = shared(connection.scope).app.state.sessions
        return sessions

    async def visitor(self, connection: HTTPConnection) -> Visitor[AnyUser, Data]:
        """Return whoever is asking, signed in or not, to sign in, confirm and sign out."""
        sessions = await self.all(connection)
        return Visitor(connection, sessions, read_raw(connection, self._cookie.name))

    async def attempts(self, connection: HTTPConnection) -> Attempts[AnyUser]:
        """Return what checks passwords."""
        return (await self.all(connection)).attempts
