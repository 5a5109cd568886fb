"""Sessions in an app: while it runs, they are open and kept clean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from app.kit.sessions.session import Sessions
from app.kit.sessions.unavailable import away_is_503
from app.kit.sessions.users import call


def add_sessions(app: FastAPI, sessions: Sessions[Any, Any]) -> None:
    """Let the dependencies of `app` find `sessions`. Close them when the app ends.

    Your own `lifespan` runs inside: there, the sessions are open. Call this in
    `create_app`, before you add middleware.
    """
    app.state.sessions = sessions
    app.add_middleware(away_is_503, app.state)
    # `APIRouter(lifespan=…)` would do the same, with a router that each request tries.
    yours = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        try:
            async with app.state.sessions, yours(app) as state:
                yield state
        finally:
            await call(app.state.sessions.users, "close")

    app.router.lifespan_context = lifespan
