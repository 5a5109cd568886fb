"""Sessions in an app: it has them, and while it runs they are kept clean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from app.kit.sessions.session import Sessions
from app.kit.sessions.unavailable import away_is_503
from app.kit.sessions.users import call


def add_sessions(app: FastAPI, sessions: Sessions[Any, Any]) -> None:
    """Let the dependencies of `app` find `sessions`; clean up while it runs, and close them then.

    Your own `lifespan` runs inside: there, the sessions are open. Call this in `create_app`, before
    your middleware.
    """
    app.state.sessions = sessions
    app.add_middleware(away_is_503, app.state)
    # As `APIRouter(lifespan=…)` is run beside the app's own, without a router that each request
    # would try.
    yours = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        try:
            async with app.state.sessions, yours(app) as state:
                yield state
        finally:
            await call(app.state.sessions.users, "close")

    app.router.lifespan_context = lifespan
