"""The app: `uv run fastapi dev` serves `app`, tests build their own with `create_app`."""

from pathlib import Path

from fastapi import FastAPI

from app.kit import PROJECT, add_docs, protect
from app.kit.sessions import add_sessions
from app.routes import routers
from app.settings import Settings, load_settings
from app.sign_in import open_sessions


def create_app(settings: Settings) -> FastAPI:
    """Build an app with `settings`."""
    app = FastAPI(
        title=PROJECT.title,
        summary=PROJECT.description,
        version=PROJECT.version,
        docs_url=None,  # that of `add_docs` loads no script from elsewhere
        redoc_url=None,
    )
    protect(app, settings)
    add_docs(app, settings)
    add_sessions(app, open_sessions(settings))
    for router in routers:
        app.include_router(router)
    app.frontend("/", directory=Path(__file__).parent / "frontend")
    return app


app = create_app(load_settings())
