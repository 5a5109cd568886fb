"""A 405 names every method of its path (RFC 9110, section 15.5.6); FastAPI names one route's."""

from fastapi.routing import iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.routing import Match

from app.kit.request import Header, Shared


def complete_allow(state: Shared, status: int, sent: list[Header]) -> list[Header]:
    """Complete `Allow`; static files name none."""
    if status != 405:
        return sent
    methods = {
        method
        for route in iter_route_contexts(state.app.router.routes)
        if route.methods and route.matches(state.scope)[0] != Match.NONE
        for method in route.methods
    }
    headers = MutableHeaders(raw=sent)
    headers["Allow"] = ", ".join(sorted(methods)) or headers.get("allow", "GET, HEAD")
    return headers.raw
