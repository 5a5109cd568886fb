"""A 405 names every method of its path in Allow (RFC 9110, section 15.5.6)."""

from collections.abc import Iterator, Sequence

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from app.kit.request import Header, Shared


def complete_allow(state: Shared, status: int, headers: list[Header]) -> list[Header]:
    """Complete Allow in a 405. FastAPI names the methods of one route only."""
    if status != 405:
        return headers
    methods = sorted(set(_methods(state.app.routes, state.scope)))
    allowed = ", ".join(methods).encode()
    own = [value for name, value in headers if name == b"allow"]
    others = [header for header in headers if header[0] != b"allow"]
    return [*others, (b"allow", allowed or b", ".join(own) or b"GET, HEAD")]


def _methods(routes: Sequence[BaseRoute], scope: Scope) -> Iterator[str]:
    """Yield the methods of every route that matches the path of this scope."""
    for route in iter_route_contexts(routes):
        match, child_scope = route.matches(scope)
        if match == Match.NONE:
            continue
        yield from route.methods or ()
        # What is mounted has routes of its own.
        yield from _methods(getattr(route, "routes", ()), {**scope, **child_scope})
