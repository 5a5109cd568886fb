"""Where the users' database is away, the answer is a 503 and not a 500."""

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
    """Raise UsersUnavailableError if `users.check()` raises or takes too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            await call(users, "check")
    except Exception as error:  # Drivers raise anything.
        raise UsersUnavailableError(f"{type(error).__name__}: {error}") from error


def away_is_503(app: ASGIApp, state: State) -> ASGIApp:
    """Return `app` with a layer that looks into errors: are the users away?

    It asks `Users.check`, so neither `Users.find` nor a path operation has to. Where
    there is no such method, an error is a 500 as ever.
    """

    async def users_unavailable_layer(
        scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            await app(scope, receive, send)
        except Exception:
            sending = SENDING.get()
            if sending is None or sending.has_started:
                raise
            try:
                await check_users(state.sessions.users)
            except UsersUnavailableError as error:
                away = error
            else:
                raise
            # As after any other error, no cookie is sent: what it stands for failed.
            sending.shared.delivered = []
            response = JSONResponse(
                {"detail": away.detail}, away.status_code, away.headers
            )
            if scope["type"] == "http":
                await response(scope, receive, send)
            else:
                websocket = WebSocket(scope, receive, send)
                await websocket.send_denial_response(response)

    return users_unavailable_layer
