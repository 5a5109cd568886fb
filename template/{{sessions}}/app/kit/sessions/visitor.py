"""Signing in and out: what a path operation asks of whoever is asking."""

from typing import Generic

from fastapi.requests import HTTPConnection

from app.kit.sessions.session import Data, Session, Sessions
from app.kit.sessions.users import AnyUser


class Visitor(Generic[AnyUser, Data]):
    """Whoever sent this request, signed in or not.

    What signs in returns the token as well as the session. Set the session's cookie to it, as
    `SESSION.set(response, token)`: which response that goes out with is yours to say.
    """

    def __init__(
        self, connection: HTTPConnection, sessions: Sessions[AnyUser, Data], token: str | None
    ) -> None:
        self._connection = connection
        self._sessions = sessions
        self._token = token

    async def sign_in(self, name: str, password: str) -> tuple[str, Session[AnyUser, Data]]:
        """Sign in with a password; else answer 401, or 429 after too many attempts."""
        attempts = self._sessions.attempts
        return await self.sign_in_as(await attempts.authenticate(name, password, self._connection))

    async def sign_in_as(self, user: AnyUser) -> tuple[str, Session[AnyUser, Data]]:
        """Sign in `user`, whom you know already: after a sign-up, or another site's word (OAuth).

        The session that the visitor has ends, whatever state it is in (ASVS 7.2.4). Raises
        TypeError if the user has no id.
        """
        if user.id is None:
            raise TypeError("A user who signs in has to have an id: store them first.")
        stored = await self._sessions.stored(self._token)
        browser = self._connection.headers.get("user-agent", "")
        return await self._sessions.start(user, browser, replaces=stored)

    async def confirm(
        self, session: Session[AnyUser, Data], name: str, password: str
    ) -> tuple[str, Session[AnyUser, Data]]:
        """Give `session`, whose user is called `name`, a new token; else answer 401 or 429.

        Its password counts as recent from now on. Raises as `Session.update` does.
        """
        attempts = self._sessions.attempts
        await attempts.reauthenticate(session.id, session.user, name, password)
        return await self._sessions.renew(session)

    async def sign_out(self) -> None:
        """End the session on the server, if there is one. Delete the session's cookie, too."""
        if (stored := await self._sessions.stored(self._token)) is not None:
            await self._sessions.stop(stored)
