"""What can go wrong with a session, each as the answer to the client."""

import logging

from starlette.exceptions import HTTPException

from app.kit.sessions.store import RETRY_AFTER


class SessionChangedError(HTTPException):
    """Other requests changed the session each time, just before this one: 409."""

    def __init__(self) -> None:
        super().__init__(
            409, "Another request changed the session at the same time. Try again."
        )


class SessionEndedError(HTTPException):
    """The session ended during the request: 401."""

    def __init__(self) -> None:
        super().__init__(401, "Your session has ended. Sign in again.")


class TooManyAttemptsError(HTTPException):
    """There were too many attempts to guess a password: 429."""

    def __init__(self, seconds: int) -> None:
        detail = f"Too many attempts. Try again in {seconds} seconds."
        super().__init__(429, detail, {"Retry-After": str(seconds)})


class UsersUnavailableError(HTTPException):
    """The users' database does not answer in time: 503. Nobody counts as signed out."""

    def __init__(self, cause: object) -> None:
        logging.getLogger(__name__).warning(
            "The users' database does not answer: %s", cause
        )
        detail = "The users' database does not answer. Try again in a moment."
        super().__init__(503, detail, {"Retry-After": str(RETRY_AFTER)})


class StoreUnavailableError(HTTPException):
    """The store does not answer in time: 503. Nobody counts as signed in, or out."""

    def __init__(self, cause: object) -> None:
        logging.getLogger(__name__).warning(
            "The session store does not answer: %s", cause
        )
        detail = "The session store does not answer. Try again in a moment."
        super().__init__(503, detail, {"Retry-After": str(RETRY_AFTER)})
