"""Cross-origin protection: no other site can make a visitor's browser change anything here.

CSRF protection without tokens, as in Go's `http.CrossOriginProtection`: the browser says in
Sec-Fetch-Site, which no page can forge, where a request comes from. Where that is missing (old
browsers, plain HTTP on a LAN), Origin has to be this app's own. Without either it is no browser.
SameSite is not enough: another port and a sibling subdomain are the same site. GET, HEAD and
OPTIONS pass, so a path operation with one of these never changes anything.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}  # RFC 9110, section 9.2.1
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_DETAIL = "This came from a page of another origin. If it is yours, add that to TRUSTED_ORIGINS."


def with_cross_origin_protection(app: ASGIApp, trusted_origins: Collection[str]) -> ASGIApp:
    """Answer 403 to unsafe requests and WebSocket handshakes from all but `trusted_origins`."""
    refusal = JSONResponse({"detail": _DETAIL}, status_code=403)

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        await (app if _accepts(scope, trusted_origins) else refusal)(scope, receive, send)

    return layer


def _accepts(scope: Scope, trusted_origins: Collection[str]) -> bool:
    headers = Headers(scope=scope)
    origin, fetched_from = headers.get("origin"), headers.get("sec-fetch-site")
    if scope.get("method") in SAFE_METHODS or origin in trusted_origins:
        return True
    if fetched_from is not None:
        return fetched_from in {"same-origin", "none"}
    # The server sets the scheme from X-Forwarded-Proto, from the proxies that it trusts only.
    # X-Forwarded-Host is not looked at: a proxy that changes Host is named in TRUSTED_ORIGINS.
    scheme = "https" if scope["scheme"] in {"https", "wss"} else "http"
    host = headers.get("host", "").lower().removesuffix(_DEFAULT_PORTS[scheme])
    return origin is None or (host != "" and origin == f"{scheme}://{host}")
