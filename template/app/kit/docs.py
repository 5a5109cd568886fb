"""The page /docs from this origin: FastAPI's own runs a script of a CDN among visitors' cookies."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles

from app.kit.settings import KitSettings


def add_docs(app: FastAPI, settings: KitSettings) -> None:
    """Serve Swagger UI at /docs in development, and with `DOCS=true` in production."""
    if settings.fastapi_env == "production" and not settings.docs:
        return

    @app.get("/docs/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.scope.get('root_path', '')}{app.openapi_url}")

    page, swagger = Path(__file__).with_name("swagger_ui"), ("fastapi_swagger", "resources")
    app.mount("/docs", StaticFiles(directory=page, packages=[swagger], html=True))
