"""Sessions: who is signed in, kept on the server and found by one cookie.

A path operation declares what it needs, and so shows it in its signature and in OpenAPI:

- `session: OptionalSession` is None where nobody is signed in.
- `session: CurrentSession` answers 401 there.
- `session: FreshSession` answers 403, too, unless the password was given a short while ago.

`data.py` holds what your sessions carry, `session.py` the rules, `dependencies.py` what path
operations declare, `store.py` what a store does and which one `SESSION_STORE` names.
"""

from app.sessions.data import SessionData
from app.sessions.dependencies import (
    CurrentSession,
    FreshSession,
    OptionalSession,
    SessionsDep,
    current_session,
    fresh_session,
    optional_session,
)
from app.sessions.session import Session, SessionChangedError, SessionEndedError, Sessions

__all__ = [
    "CurrentSession",
    "FreshSession",
    "OptionalSession",
    "Session",
    "SessionChangedError",
    "SessionData",
    "SessionEndedError",
    "Sessions",
    "SessionsDep",
    "current_session",
    "fresh_session",
    "optional_session",
]
