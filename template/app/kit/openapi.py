"""The OpenAPI document: its cookies, and its page /docs."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles

from app.kit.cookie import Cookie
from app.kit.settings import KitSettings


def set_cookie_header(*cookies: Cookie[Any]) -> dict[str, dict[str, Any]]:
    """Return the OpenAPI header object for `cookies`: `responses={200: {"headers": …}}`."""
    lines = [f"`{cookie.name}=…;{cookie.attributes}`: {cookie.purpose}" for cookie in cookies]
    return {"Set-Cookie": {"description": "\n\n".join(lines), "schema": {"type": "string"}}}


def add_docs(app: FastAPI, settings: KitSettings) -> None:
    """Serve Swagger UI at /docs in development and with `DOCS=true`, without a CDN's script."""
    if app.openapi_url is None or (settings.fastapi_env == "production" and not settings.docs):
        return

    @app.get("/docs/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.scope.get('root_path', '')}{app.openapi_url}")

    page, swagger = Path(__file__).with_name("swagger_ui"), ("fastapi_swagger", "resources")
    app.mount("/docs", StaticFiles(directory=page, packages=[swagger], html=True))
