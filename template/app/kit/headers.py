"""Headers: no endless ones come in, and what FastAPI leaves out goes out with every response.

By hand: a library such as `secure` would need an adapter as long as this for what a path operation
sets itself, for handshakes of WebSockets, and for HSTS over https only.
"""

from collections.abc import Iterator, Mapping, Sequence

from fastapi.routing import iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.request import Change, Header, Shared

CSP: Mapping[str, str] = {
    # What a page does not need: nothing from elsewhere, no frames, no plugins (ASVS 3.4.3, 3.4.6).
    **dict.fromkeys(("default-src", "frame-ancestors", "base-uri"), "'none'"),
    **dict.fromkeys(("script-src", "style-src", "connect-src", "form-action"), "'self'"),
    **dict.fromkeys(("manifest-src", "media-src", "worker-src"), "'self'"),
    # Bundlers put small images and fonts into styles.
    **dict.fromkeys(("img-src", "font-src"), "'self' data:"),
}
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",  # ASVS 3.4.4
    "Referrer-Policy": "same-origin",  # ASVS 3.4.5
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",  # ASVS 3.4.8
}
# Two years (ASVS 3.4.1). Subdomains and the lists inside browsers are their owner's to decide.
HSTS, _HSTS = {"Strict-Transport-Security": "max-age=63072000"}, {b"strict-transport-security"}


def content_security_policy(changed: Mapping[str, str]) -> str:
    """Return the value of Content-Security-Policy: `CSP` with the directives in `changed`."""
    return "; ".join(f"{name} {value}" for name, value in {**CSP, **changed}.items() if value)


def security_headers(headers: Mapping[str, str], csp: Mapping[str, str], *, hsts: bool) -> Change:
    """Return what adds the headers that a response has not got itself; HSTS over https only."""
    policy = {"Content-Security-Policy": content_security_policy(csp)}
    ours = {**HEADERS, **policy, **(HSTS if hsts else {})}
    ours |= {name.title(): value for name, value in headers.items()}
    raw = [(name.lower().encode(), value.encode()) for name, value in ours.items() if value]

    def add(state: Shared, _: int, sent: list[Header]) -> list[Header]:
        over_http = state.scope["scheme"] not in {"https", "wss"}
        taken = {name.lower() for name, _ in sent} | (_HSTS if over_http else set())
        return [*sent, *(header for header in raw if header[0] not in taken)]

    return add


def complete_allow(state: Shared, status: int, sent: list[Header]) -> list[Header]:
    """Name every method of a path in a 405 (RFC 9110, 15.5.6). FastAPI names those of one route."""
    if status != 405:
        return sent
    headers = MutableHeaders(raw=sent)
    methods = sorted({*_methods(state.app.routes, state.scope)})
    headers["Allow"] = ", ".join(methods) or headers.get("allow", "GET, HEAD")
    return headers.raw


def _methods(routes: Sequence[BaseRoute], scope: Scope) -> Iterator[str]:
    for route in iter_route_contexts(routes):
        match, inside = route.matches(scope)
        if match != Match.NONE:
            yield from route.methods or ()
            # What is mounted has routes of its own.
            yield from _methods(getattr(route, "routes", ()), {**scope, **inside})


def with_header_limit(app: ASGIApp, limit: int) -> ASGIApp:
    """Answer 431 to more than `limit` bytes of headers: servers differ in what they take."""
    detail = f"The headers, cookies among them, take more than {limit} bytes."
    refusal = JSONResponse({"detail": detail}, status_code=431)  # of a handshake, too

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        # FastAPI reads Accept by email.message, in quadratic time. That of a browser has 200 bytes.
        scope["headers"] = [
            it for it in scope["headers"] if it[0] != b"accept" or len(it[1]) < 1000
        ]
        await (app if size <= limit else refusal)(scope, receive, send)

    return layer
