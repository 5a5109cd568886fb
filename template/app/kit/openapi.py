"""Cookies in the OpenAPI document, and its page /docs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import RedirectResponse
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles

from app.kit.cookie import Cookie
from app.kit.settings import KitSettings


def set_cookie_header(*cookies: Cookie[Any]) -> dict[str, dict[str, Any]]:
    """Return the OpenAPI header of a response that sets `cookies`.

    Use it as `responses={200: {"headers": set_cookie_header(COOKIE)}}`.
    """
    lines = [
        f"`{cookie.name}=…;{cookie.attributes}`: {cookie.purpose}" for cookie in cookies
    ]
    return {
        "Set-Cookie": {
            "description": "\n\n".join(lines),
            "schema": {"type": "string"},
        }
    }


def document_cookies(app: FastAPI) -> None:
    """List in the OpenAPI document the cookies that each path operation reads.

    FastAPI would list a parameter `Cookie()`, but also validate it in each request.
    https://fastapi.tiangolo.com/how-to/extending-openapi/
    """
    build = app.openapi

    def openapi() -> dict[str, Any]:
        document = build()
        for route in iter_route_contexts(app.routes):
            dependant = getattr(route, "dependant", None)  # path operations have one
            operations = document["paths"].get(route.path_format, {})
            for method in route.methods or ():
                if dependant and method.lower() in operations:
                    _add_parameters(operations[method.lower()], dependant)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _add_parameters(operation: dict[str, Any], dependant: Dependant) -> None:
    parameters = operation.get("parameters", [])
    names = {each["name"] for each in parameters if each["in"] == "cookie"}
    for cookie in _cookies_read(dependant):
        if cookie.name not in names:
            names.add(cookie.name)
            parameters.append(
                {
                    "name": cookie.name,
                    "in": "cookie",
                    "required": False,
                    "schema": {"type": "string"},
                    "description": cookie.purpose,
                }
            )
    if parameters:
        operation["parameters"] = parameters


def _cookies_read(dependant: Dependant) -> Iterator[Cookie[Any]]:
    """Yield the cookies whose `read` is among these dependencies, or theirs."""
    cookie = getattr(dependant.call, "__self__", None)
    if isinstance(cookie, Cookie):
        yield cookie
    for each in dependant.dependencies:
        yield from _cookies_read(each)


def add_docs(app: FastAPI, settings: KitSettings) -> None:
    """Serve Swagger UI at /docs, from this app instead of a CDN.

    That is in development only, unless `DOCS=true`.
    """
    is_wanted = settings.fastapi_env == "development" or settings.docs
    if app.openapi_url is None or not is_wanted:
        return

    @app.get("/docs/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> RedirectResponse:
        return RedirectResponse(
            f"{request.scope.get('root_path', '')}{app.openapi_url}"
        )

    page = Path(__file__).with_name("swagger_ui")
    swagger_ui = ("fastapi_swagger", "resources")
    app.mount("/docs", StaticFiles(directory=page, packages=[swagger_ui], html=True))
