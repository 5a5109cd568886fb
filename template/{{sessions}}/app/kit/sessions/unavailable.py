"""Where the users' database is away, that is a 503, as with the session store, and no 500."""

import asyncio

from fastapi.responses import JSONResponse
from fastapi.websockets import WebSocket
from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.request import SENDING
from app.kit.sessions.errors import UsersUnavailableError
from app.kit.sessions.store import PATIENCE
from app.kit.sessions.users import call


async def check_users(users: object) -> None:
    """Raise UsersUnavailableError if `users.check()` raises, or is still at it after PATIENCE."""
    try:
        async with asyncio.timeout(PATIENCE):
            await call(users, "check")
    except Exception as error:  # Drivers raise anything.
        raise UsersUnavailableError(f"{type(error).__name__}: {error}") from error


def away_is_503(app: ASGIApp, state: State) -> ASGIApp:
    """Return `app` with a layer that looks at an error: is it the users' database that is away?

    So neither `find` nor a path operation that asks the same database has to. Without a method
    `check`, an error is a 500 as ever.
    """

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception:
            sending = SENDING.get()
            if sending is None or sending.has_started:
                raise
            try:
                await check_users(state.sessions.users)
            except UsersUnavailableError as away:
                answer = JSONResponse({"detail": away.detail}, away.status_code, away.headers)
            else:
                raise
            # As after any other error: nothing happened, so no cookie is meant to arrive.
            sending.shared.delivered = []
            if scope["type"] == "http":
                await answer(scope, receive, send)
            else:
                await WebSocket(scope, receive, send).send_denial_response(answer)

    return layer
