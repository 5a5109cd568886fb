"""A 405 names every method of its path, as it must (RFC 9110, section 15.5.6)."""

from fastapi.routing import APIRouter, iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def with_allow(app: ASGIApp, router: APIRouter) -> ASGIApp:
    """Complete `Allow`, where FastAPI names one path operation's methods, or static files none."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        root_path = scope.get("root_path", "")  # what is mounted changes it

        async def send_complete(message: Message) -> None:
            if message.get("status") == 405:
                asked = {**scope, "root_path": root_path}
                methods = {
                    method
                    for route in iter_route_contexts(router.routes)
                    if route.methods and route.matches(asked)[0] != Match.NONE
                    for method in route.methods
                }
                headers = MutableHeaders(scope=message)
                if methods:
                    headers["Allow"] = ", ".join(sorted(methods))
                headers.setdefault("Allow", "GET, HEAD")
            await send(message)

        await app(scope, receive, send_complete)

    return layer
