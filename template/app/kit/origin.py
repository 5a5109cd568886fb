"""Cross-origin protection: no other site can make a visitor's browser change anything here.

CSRF protection without tokens, as in Go's `http.CrossOriginProtection`: the browser says in
Sec-Fetch-Site, which no page can forge, where a request comes from. Where that is missing (old
browsers, plain HTTP on a LAN), Origin has to be this app's own. Without either it is no browser.
SameSite is not enough: another port and a sibling subdomain are the same site. GET, HEAD and
OPTIONS pass, so a path operation with one of these never changes anything.
"""

import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}  # RFC 9110, section 9.2.1
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# What is worth showing: a host and a port, not whatever a client sends.
_SHOWN = re.compile(r"https?://[\w.:\[\]-]{0,255}", re.ASCII)
_ANOTHER = (
    "This came from a page of another origin. If that is yours, add it to TRUSTED_ORIGINS: its "
    "pages may then use this app with your visitors' cookies, and read the answers (CORS)."
)
_HOST = (
    " If that page is of this app, let the proxy in between pass the Host that it got (nginx: "
    "proxy_set_header Host $http_host). If it is of another app of yours, add its origin to "
    "TRUSTED_ORIGINS, which lets its pages read the answers, too (CORS)."
)
_SCHEME = (
    " Let the proxy that speaks HTTPS pass X-Forwarded-Proto (nginx: proxy_set_header "
    "X-Forwarded-Proto $scheme), and name that proxy in FORWARDED_ALLOW_IPS."
)


def with_cross_origin_protection(app: ASGIApp, trusted_origins: Collection[str]) -> ASGIApp:
    """Answer 403 to unsafe requests and WebSocket handshakes from all but `trusted_origins`."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if _accepts(scope, trusted_origins):
            await app(scope, receive, send)
        else:
            refusal = JSONResponse({"detail": _advice(scope)}, status_code=403)
            await refusal(scope, receive, send)

    return layer


def _accepts(scope: Scope, trusted_origins: Collection[str]) -> bool:
    headers = Headers(scope=scope)
    origin, fetched_from = headers.get("origin"), headers.get("sec-fetch-site")
    if scope.get("method") in SAFE_METHODS or origin in trusted_origins:
        return True
    if fetched_from is not None:
        return fetched_from in {"same-origin", "none"}
    # The server sets the scheme from X-Forwarded-Proto, from the proxies that it trusts only.
    # X-Forwarded-Host is not looked at: no setting says which proxy may send it.
    scheme = _scheme(scope)
    host = headers.get("host", "").lower().removesuffix(_DEFAULT_PORTS[scheme])
    return origin is None or (host != "" and origin == f"{scheme}://{host}")


def _scheme(scope: Scope) -> str:
    return "https" if scope["scheme"] in {"https", "wss"} else "http"


def _advice(scope: Scope) -> str:
    """Return what to do about a refusal: a proxy may hide that the request is this app's own."""
    headers = Headers(scope=scope)
    page = headers.get("origin", "")
    scheme = _scheme(scope)
    here = f"{scheme}://{headers.get('host', '').lower()}"
    # What the browser itself says, no proxy changed.
    if "sec-fetch-site" in headers or not (_SHOWN.fullmatch(page) and _SHOWN.fullmatch(here)):
        return _ANOTHER
    hosts = {re.sub(r"^https?://|:(80|443)$", "", each) for each in (page, here)}
    other_host = _HOST if len(hosts) > 1 else ""
    other_scheme = _SCHEME if scheme == "http" and page.startswith("https:") else ""
    if not other_host and not other_scheme:
        return _ANOTHER
    return f"A page of {page} sent this, and it arrived for {here}.{other_host}{other_scheme}"
