"""Signing in: what a session carries, its cookie, and what path operations declare.

This file is yours: add fields to `SessionData`, and names for what your path operations declare.
"""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict

from app.kit import PROJECT, Cookie
from app.kit.sessions import (
    Attempts,
    Record,
    Session,
    SessionDependencies,
    Sessions,
    open_store,
)
from app.settings import Settings
from app.users import User, Users


class SessionData(BaseModel):
    """What is kept with a session, on the server.

    Give every field a default: sessions that were stored before it was added are read, too.
    Change it with `await session.update(lambda data: data.model_copy(update={...}))`.
    """

    model_config = ConfigDict(frozen=True)


SESSION = Cookie(
    # Browsers that know the prefix __Host-Http- enforce HttpOnly; the others enforce __Host-.
    # The project's name, since all apps on localhost share one cookie jar.
    f"__Host-Http-{PROJECT.name}-session",
    str,
    purpose="Keeps you signed in.",
)

sessions: SessionDependencies[User, SessionData] = SessionDependencies(SESSION)

OptionalSession = Annotated[Session[User, SessionData] | None, Depends(sessions.optional)]
"""The session of who is asking; None where nobody is signed in."""

StoredSession = Annotated[Record | None, Depends(sessions.stored)]
"""What signing in and out end: the session of who is asking, even one that is refused."""

CurrentSession = Annotated[Session[User, SessionData], Depends(sessions.required)]
"""The session of who is asking; 401 where nobody is signed in."""

FreshSession = Annotated[Session[User, SessionData], Depends(sessions.fresh)]
"""The same; 403, too, where the password was not given recently."""

SessionsDep = Annotated[Sessions[User, SessionData], Depends(sessions.all)]
"""All sessions, to start, renew, list and end them."""

AttemptsDep = Annotated[Attempts[User], Depends(sessions.attempts)]
"""What checks passwords, and how often they were wrong."""


def open_sessions(settings: Settings) -> Sessions[User, SessionData]:
    """Return all sessions; the app and the command line open them here."""
    store = open_store(settings.session_store)
    return Sessions(store, Users(settings.users), SessionData, settings)
