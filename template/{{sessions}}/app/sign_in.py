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
    Visitor,
    open_store,
)
from app.settings import Settings
from app.users import User, Users


class SessionData(BaseModel):
    """What is kept with a session, on the server.

    Give every field a default, for the sessions that were stored before you added it.
    Change it with `await session.update(lambda data: data.model_copy(update={...}))`.
    """

    model_config = ConfigDict(frozen=True)


SESSION = Cookie(
    # Browsers that know the prefix __Host-Http- enforce HttpOnly, too; others enforce __Host-.
    # It has the project's name, since all apps on localhost share one cookie jar.
    f"__Host-Http-{PROJECT.name}-session",
    str,
    purpose="Keeps you signed in.",
)

auth: SessionDependencies[User, SessionData] = SessionDependencies(SESSION)

OptionalSession = Annotated[Session[User, SessionData] | None, Depends(auth.optional)]
"""The visitor's session; None where nobody is signed in."""

CurrentSession = Annotated[Session[User, SessionData], Depends(auth.required)]
"""The visitor's session; 401 where nobody is signed in."""

FreshSession = Annotated[Session[User, SessionData], Depends(auth.fresh)]
"""The visitor's session; 401 where there is none, 403 where the password is not recent."""

CurrentVisitor = Annotated[Visitor[User, SessionData], Depends(auth.visitor)]
"""Who sent the request, signed in or not: signs them in and out."""

SessionsDep = Annotated[Sessions[User, SessionData], Depends(auth.all)]
"""All sessions, to list and end them."""

# The names of releases before 0.10.0. They work until 1.0; delete those that you do not use.
sessions = auth
StoredSession = Annotated[Record | None, Depends(auth.stored)]
AttemptsDep = Annotated[Attempts[User], Depends(auth.attempts)]


def open_sessions(settings: Settings) -> Sessions[User, SessionData]:
    """Return all sessions; the app and the command line open them here."""
    store = open_store(settings.session_store)
    return Sessions(store, Users(settings.users), SessionData, settings)
