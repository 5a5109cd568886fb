"""Sessions: who is signed in, kept on the server and found by one cookie.

You need not read or edit this package. What yours are stands in `app/sign_in.py`, who may sign
in in `app/users.py`.
"""

from app.kit.sessions.attempts import Attempts
from app.kit.sessions.dependencies import SessionDependencies
from app.kit.sessions.errors import (
    SessionChangedError,
    SessionEndedError,
    StoreUnavailableError,
    TooManyAttemptsError,
)
from app.kit.sessions.passwords import PasswordHash, hash_password, verify
from app.kit.sessions.session import CLEAR_SITE_DATA, Session, Sessions
from app.kit.sessions.settings import SessionSettings
from app.kit.sessions.users import User, Users

__all__ = [
    "CLEAR_SITE_DATA",
    "Attempts",
    "PasswordHash",
    "Session",
    "SessionChangedError",
    "SessionDependencies",
    "SessionEndedError",
    "SessionSettings",
    "Sessions",
    "StoreUnavailableError",
    "TooManyAttemptsError",
    "User",
    "Users",
    "hash_password",
    "verify",
]
