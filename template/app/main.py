"""Builds the app: `uv run fastapi dev` serves `app`, tests build their own."""

import tomllib
from pathlib import Path
from typing import Final

from fastapi import Depends, FastAPI

from app.delivery import TemporalResponseDelivery, keep_temporal_response
from app.errors import CookieValueHiding, hide_cookie_values
from app.plain_http import CookiesOverHTTP
from app.routes import routers
from app.settings import Settings, load_settings

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
        dependencies=[Depends(keep_temporal_response)],
        max_body_size=MAX_BODY_SIZE,
    )
    hide_cookie_values(app)

    # The last one added is the outermost: it sees the request first and the response last.
    app.add_middleware(TemporalResponseDelivery)
    if settings.cookies_over_http:
        app.add_middleware(CookiesOverHTTP)
    app.add_middleware(CookieValueHiding)

    for router in routers:
        app.include_router(router)
    app.frontend("/", directory=HERE / "frontend")
    return app


app = create_app(load_settings())
