"""Cross-origin protection: no other site changes anything here in a visitor's name.

This is CSRF protection without tokens, as in Go's `http.CrossOriginProtection`.
Browsers say in Sec-Fetch-Site where a request comes from, and no page can forge that.
Without it (old browsers, plain HTTP on a LAN), Origin has to be this app's own. A
client that sends neither is no browser, so no visitor's cookies are abused.

SameSite is not enough: another port and a sibling subdomain are the same site. GET,
HEAD and OPTIONS always pass, so path operations with these methods must not change
anything.
"""

import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}  # RFC 9110, section 9.2.1
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# A refusal repeats a host and a port, not just anything that a client sends.
_SHOWN = re.compile(r"https?://[\w.:\[\]-]{0,255}", re.ASCII)
_ANOTHER = (
    "This came from a page of another origin. If that is yours, add it to "
    "TRUSTED_ORIGINS: its pages may then use this app with your visitors' cookies, and "
    "read the answers (CORS)."
)
_HOST = (
    " If that page is part of this app, let the proxy in between pass the Host that it "
    "got (nginx: proxy_set_header Host $http_host). If it belongs to another app of "
    "yours, add its origin to TRUSTED_ORIGINS, which also lets its pages read the "
    "answers (CORS)."
)
_SCHEME = (
    " Let the proxy that terminates HTTPS pass X-Forwarded-Proto (nginx: "
    "proxy_set_header X-Forwarded-Proto $scheme), and name that proxy in "
    "FORWARDED_ALLOW_IPS."
)


def with_cross_origin_protection(
    app: ASGIApp, trusted_origins: Collection[str]
) -> ASGIApp:
    """Answer 403 to unsafe requests and WebSocket handshakes from other origins.

    `trusted_origins` are allowed.
    """

    async def cross_origin_protection(
        scope: Scope, receive: Receive, send: Send
    ) -> None:
        if is_allowed(scope, trusted_origins):
            await app(scope, receive, send)
        else:
            refusal = JSONResponse({"detail": _advice(scope)}, status_code=403)
            await refusal(scope, receive, send)

    return cross_origin_protection


def is_allowed(scope: Scope, trusted_origins: Collection[str]) -> bool:
    """Return whether this request cannot be the work of another site."""
    if scope.get("method") in SAFE_METHODS:  # a WebSocket has no method
        return True
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin in trusted_origins:
        return True
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    if origin is None:
        return True
    # The server sets the scheme from X-Forwarded-Proto, which it takes only from
    # trusted proxies. X-Forwarded-Host is ignored: no setting says which proxy may send
    # it.
    scheme = _scheme(scope)
    host = headers.get("host", "").lower().removesuffix(_DEFAULT_PORTS[scheme])
    return host != "" and origin == f"{scheme}://{host}"


def _scheme(scope: Scope) -> str:
    return "https" if scope["scheme"] in {"https", "wss"} else "http"


def _advice(scope: Scope) -> str:
    """Return what to do about a refusal, which may be the fault of a proxy."""
    headers = Headers(scope=scope)
    page = headers.get("origin", "")
    scheme = _scheme(scope)
    here = f"{scheme}://{headers.get('host', '').lower()}"
    # Sec-Fetch-Site comes from the browser, so no proxy is to blame.
    if "sec-fetch-site" in headers:
        return _ANOTHER
    if not _SHOWN.fullmatch(page) or not _SHOWN.fullmatch(here):
        return _ANOTHER
    advice = ""
    if _host(page) != _host(here):
        advice += _HOST
    if scheme == "http" and page.startswith("https:"):
        advice += _SCHEME
    if not advice:
        return _ANOTHER
    return f"A page of {page} sent this, and it arrived for {here}.{advice}"


def _host(origin: str) -> str:
    """Return the host and the port of an origin, without a default port."""
    return re.sub(r"^https?://|:(80|443)$", "", origin)
