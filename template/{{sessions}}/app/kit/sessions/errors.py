"""What can go wrong with a session, each as the answer that a client gets."""

import logging

from starlette.exceptions import HTTPException

from app.kit.sessions.store import RETRY_AFTER


class SessionChangedError(HTTPException):
    """Other requests changed the session each time this one was about to: 409."""

    def __init__(self) -> None:
        super().__init__(409, "Another request changed the session at the same time. Try again.")


class SessionEndedError(HTTPException):
    """The session ended while the request was at work: 401."""

    def __init__(self) -> None:
        super().__init__(401, "Your session has ended. Sign in again.")


class TooManyAttemptsError(HTTPException):
    """Somebody guesses at passwords: 429."""

    def __init__(self, seconds: int) -> None:
        detail = f"Too many attempts. Try again in {seconds} seconds."
        super().__init__(429, detail, {"Retry-After": str(seconds)})


class UsersUnavailableError(HTTPException):
    """The database of the users is away or too slow: 503. Nobody is taken for signed out."""

    def __init__(self, cause: object) -> None:
        logging.getLogger(__name__).warning("The users' database does not answer: %s", cause)
        detail = "The users' database does not answer. Try again in a moment."
        super().__init__(503, detail, {"Retry-After": str(RETRY_AFTER)})


class StoreUnavailableError(HTTPException):
    """The store is away or too slow: 503. Nobody is taken for signed in, or for signed out."""

    def __init__(self, cause: object) -> None:
        logging.getLogger(__name__).warning("The session store does not answer: %s", cause)
        detail = "The session store does not answer. Try again in a moment."
        super().__init__(503, detail, {"Retry-After": str(RETRY_AFTER)})
