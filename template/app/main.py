"""Builds the app: `uv run fastapi dev` serves `app`, tests build their own."""

import asyncio
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.delivery import TemporalResponseDelivery, keep_temporal_response
from app.errors import CookieValueHiding, hide_cookie_values
from app.origin import CrossOriginProtection
from app.plain_http import CookiesOverHTTP
from app.routes import routers, session
from app.sessions import Sessions
from app.sessions.store import open_store
from app.settings import Settings, load_settings
from app.sign_in import SignIn
from app.users import Users

HERE: Final = Path(__file__).parent
MAX_BODY_SIZE: Final = 1024 * 1024
"""Bytes of the largest request body; an upload endpoint can set its own `max_body_size`."""


def create_app(settings: Settings) -> FastAPI:
    """Build an app with `settings`."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    app = FastAPI(
        title=project["name"],
        summary=project["description"],
        version=project["version"],
        lifespan=_lifespan,
        dependencies=[Depends(keep_temporal_response)],
        # The way that pages ask most often. Not included but in the app itself, and without its
        # dependencies, it takes a third less; the session's own keep the temporal response.
        routes=session.router.routes,
    )
    # Every route added from here on has it. FastAPI's own parameter would count each body thrice.
    app.router.max_body_size = MAX_BODY_SIZE
    hide_cookie_values(app)

    users = Users(settings.users)
    app.state.sessions = create_sessions(settings, users)
    app.state.sign_in = SignIn(
        users,
        app.state.sessions,
        per_user=settings.sign_in_limit_per_user,
        per_address=settings.sign_in_limit_per_address,
    )

    # The last one added is the outermost: it sees the request first and the response last.
    app.add_middleware(TemporalResponseDelivery)
    if settings.cookies_over_http:
        app.add_middleware(CookiesOverHTTP)
    app.add_middleware(CrossOriginProtection, trusted_origins=settings.trusted_origins)
    if settings.trusted_origins:
        # Never "*" or a pattern: with credentials, either lets any site read a visitor's data.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.trusted_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Content-Type"],
        )
    app.add_middleware(CookieValueHiding)

    for router in routers:
        app.include_router(router)
    app.frontend("/", directory=HERE / "frontend")
    return app


def create_sessions(settings: Settings, users: Users) -> Sessions:
    """Return the sessions in the store that `settings` name."""
    return Sessions(
        open_store(settings.session_store),
        users,
        idle_limit=settings.session_idle_limit,
        absolute_limit=settings.session_absolute_limit,
        fresh_for=settings.session_fresh_for,
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    sessions: Sessions = app.state.sessions
    cleaning = asyncio.create_task(sessions.keep_clean())
    try:
        yield
    finally:
        cleaning.cancel()
        with suppress(asyncio.CancelledError):
            await cleaning
        await sessions.store.close()


app = create_app(load_settings())
