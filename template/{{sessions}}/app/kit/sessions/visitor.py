"""Signing in and out, from a path operation."""

from typing import Generic

from fastapi.requests import HTTPConnection

from app.kit.sessions.session import Data, Session, Sessions
from app.kit.sessions.users import AnyUser


class Visitor(Generic[AnyUser, Data]):
    """Who sent this request, signed in or not.

    `sign_in`, `sign_in_as` and `confirm` return a token and the session. Put the token
    into the session's cookie: `SESSION.set(response, token)`, on the response that you
    send.
    """

    def __init__(
        self,
        connection: HTTPConnection,
        sessions: Sessions[AnyUser, Data],
        token: str | None,
    ) -> None:
        self._connection = connection
        self._sessions = sessions
        self._token = token

    async def sign_in(
        self, name: str, password: str
    ) -> tuple[str, Session[AnyUser, Data]]:
        """Sign in with a password.

        Answers 401 if it is wrong, and 429 after too many attempts.
        """
        attempts = self._sessions.attempts
        user = await attempts.authenticate(name, password, self._connection)
        return await self.sign_in_as(user)

    async def sign_in_as(self, user: AnyUser) -> tuple[str, Session[AnyUser, Data]]:
        """Sign in `user` without a password: after a sign-up, or by OAuth.

        The visitor's session before that ends, in whatever state it is (ASVS 7.2.4).
        Raises TypeError if the user has no id.
        """
        if user.id is None:
            raise TypeError("A user who signs in has to have an id: store them first.")
        stored = await self._sessions.stored(self._token)
        browser = self._connection.headers.get("user-agent", "")
        return await self._sessions.start(user, browser, replaces=stored)

    async def confirm(
        self, session: Session[AnyUser, Data], name: str, password: str
    ) -> tuple[str, Session[AnyUser, Data]]:
        """Check the password of `session`'s user, called `name`; give it a new token.

        From then on its password counts as recent. Answers 401 if the password is
        wrong, 429 after too many attempts. Raises what `Sessions.renew` raises.
        """
        attempts = self._sessions.attempts
        await attempts.reauthenticate(session.id, session.user, name, password)
        return await self._sessions.renew(session)

    async def sign_out(self) -> None:
        """End the session on the server, if there is one. Delete its cookie, too."""
        stored = await self._sessions.stored(self._token)
        if stored is not None:
            await self._sessions.stop(stored)
