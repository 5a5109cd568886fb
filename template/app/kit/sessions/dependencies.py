"""What path operations, WebSockets and routers declare to get the session.

Each is one dependency, with no other below it: FastAPI spends a fifth of a whole request on
each level.
"""

from typing import Annotated, Final

from fastapi import Depends, HTTPException, Response
from fastapi.requests import HTTPConnection
from fastapi.security import APIKeyCookie
from fastapi.security.base import SecurityBase

from app.cookies import SESSION
from app.delivery import keep
from app.sessions.session import Session, Sessions

_PAIR: Final = f"{SESSION.name}=".encode()


async def get_sessions(connection: HTTPConnection, response: Response) -> Sessions:
    """Return all sessions of the app."""
    keep(connection, response, personal=True)
    sessions: Sessions = connection.app.state.sessions
    return sessions


class SessionCookie(SecurityBase):
    """Reads the session; OpenAPI shows it as an API key in a cookie."""

    scheme_name = "session"
    model = APIKeyCookie(name=SESSION.name, description=SESSION.purpose).model

    def __init__(self, *, required: bool = False, fresh: bool = False) -> None:
        self._required: Final = required
        self._fresh: Final = fresh

    async def __call__(self, connection: HTTPConnection, response: Response) -> Session | None:
        keep(connection, response, personal=True)
        token = _token(connection)
        sessions: Sessions = connection.app.state.sessions
        session = None if token is None else await sessions.find(token)
        if session is None and self._required:
            raise HTTPException(401, "Sign in first.")
        if self._fresh and not (session and session.is_fresh):
            raise HTTPException(403, "Confirm first that it is still you: POST /session/confirm.")
        return session


optional_session: Final = SessionCookie()
current_session: Final = SessionCookie(required=True)
fresh_session: Final = SessionCookie(required=True, fresh=True)
# For a whole router or page: APIRouter(dependencies=[Depends(current_session)]).

SessionsDep = Annotated[Sessions, Depends(get_sessions)]
"""All sessions, to start, renew, list and end them."""

OptionalSession = Annotated[Session | None, Depends(optional_session)]
"""The session of who is asking; None where nobody is signed in."""

CurrentSession = Annotated[Session, Depends(current_session)]
"""The session of who is asking; 401 where nobody is signed in."""

FreshSession = Annotated[Session, Depends(fresh_session)]
"""The same; 403, too, where the password was not given recently (ASVS 7.5.1)."""


def _token(connection: HTTPConnection) -> str | None:
    """Return the token that the client sent; None where it sent none, or more than one."""
    found: list[bytes] = []
    for name, value in connection.scope["headers"]:
        if name == b"cookie":
            found += [pair for pair in value.split(b";") if pair.lstrip().startswith(_PAIR)]
    # Of two, one can be an attacker's: which of them this browser was given cannot be told.
    return found[0].partition(b"=")[2].decode("latin-1") if len(found) == 1 else None
