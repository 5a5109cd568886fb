"""The dependencies of sessions, for path operations, WebSockets and routers."""

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
        if not (cookie.secure and cookie.httponly):
            raise ValueError(
                f"Cookie {cookie.name!r} carries the session: leave out secure=False "
                "and httponly=False."
            )
        self._cookie = cookie

        # Each depends on the one before, so an override of that one reaches it.
        async def required(
            session: Annotated[Session[AnyUser, Data] | None, Depends(self.optional)],
        ) -> Session[AnyUser, Data]:
            """Return the session; 401 where nobody is signed in."""
            if session is None:
                raise HTTPException(401, "Sign in first.")
            return session

        async def fresh(
            session: Annotated[Session[AnyUser, Data], Depends(required)],
        ) -> Session[AnyUser, Data]:
            """Return the session; 403 unless its password is recent (ASVS 7.5.1)."""
            if not session.is_fresh:
                raise HTTPException(
                    403, "Confirm first that it is still you, with your password."
                )
            return session

        self.required, self.fresh = required, fresh

    async def optional(
        self, connection: HTTPConnection
    ) -> Session[AnyUser, Data] | None:
        """Return the session; None where nobody is signed in."""
        return await self._sessions(connection).find(self._token(connection))

    async def stored(self, connection: HTTPConnection) -> Record | None:
        """Return what is stored under the token, to end it: see `Sessions.stored`."""
        return await self._sessions(connection).stored(self._token(connection))

    async def all(self, connection: HTTPConnection) -> Sessions[AnyUser, Data]:
        """Return all sessions, to list and end them."""
        return self._sessions(connection)

    async def visitor(self, connection: HTTPConnection) -> Visitor[AnyUser, Data]:
        """Return who sent the request, signed in or not."""
        sessions = self._sessions(connection)
        return Visitor(connection, sessions, self._token(connection))

    async def attempts(self, connection: HTTPConnection) -> Attempts[AnyUser]:
        """Return what checks passwords, within the limits of attempts."""
        return self._sessions(connection).attempts

    def _sessions(self, connection: HTTPConnection) -> Sessions[AnyUser, Data]:
        make_personal(connection)
        state = shared(connection.scope).app.state
        sessions: Sessions[AnyUser, Data] | None = getattr(state, "sessions", None)
        if sessions is None:
            raise RuntimeError(
                "Call add_sessions(app, open_sessions(settings)) in create_app."
            )
        return sessions

    def _token(self, connection: HTTPConnection) -> str | None:
        return read_raw(connection, self._cookie.name)
