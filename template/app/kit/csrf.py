"""Cross-origin protection: no page of another origin acts here in a visitor's name.

This is CSRF protection without tokens, as in Go's `http.CrossOriginProtection`,
but the scheme counts, too. Browsers say in Sec-Fetch-Site where a request comes from,
and no page can forge that. Where that header is missing (old browsers, plain HTTP on a
LAN), Origin has to be this app's own. A client that sends neither is not a browser, so
it has no visitor's cookies to abuse.

SameSite is not enough: another port or a sibling subdomain counts as the same site.
GET, HEAD and OPTIONS always pass, so path operations with these methods must not change
anything.
"""

import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}  # RFC 9110, section 9.2.1, without TRACE
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# A refusal repeats only what looks like an origin, never other text from a client.
_MAY_BE_SHOWN = re.compile(r"https?://[\w.:\[\]-]{0,255}", re.ASCII)
_ADVICE_TRUST = (
    "This came from a page of another origin. If that is yours, add it to "
    "TRUSTED_ORIGINS: its pages may then use this app with your visitors' cookies, and "
    "read the answers (CORS)."
)
_ADVICE_HOST = (
    " If that page is part of this app, make the proxy in between pass on the Host "
    "that it received (nginx: proxy_set_header Host $http_host). If it belongs to "
    "another app of yours, add its origin to TRUSTED_ORIGINS, which also lets its "
    "pages read the answers (CORS)."
)
_ADVICE_SCHEME = (
    " Make the proxy that terminates HTTPS send X-Forwarded-Proto (nginx: "
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
    """Return whether to let this request pass.

    It passes if it is safe, trusted, or not from a page of another origin.
    """
    # The scope of a WebSocket has no method, so a handshake is always checked.
    if scope.get("method") in SAFE_METHODS:
        return True
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin in trusted_origins:
        return True
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        # "none" is the visitor's own doing, such as a bookmark.
        return fetch_site in {"same-origin", "none"}
    if origin is None:
        return True
    # The server sets the scheme from X-Forwarded-Proto, which it takes from trusted
    # proxies only.
    scheme = _scheme(scope)
    # Not X-Forwarded-Host: no setting says which proxies to believe about it.
    host = headers.get("host", "").lower().removesuffix(_DEFAULT_PORTS[scheme])
    return host != "" and origin == f"{scheme}://{host}"


def _scheme(scope: Scope) -> str:
    return "https" if scope["scheme"] in {"https", "wss"} else "http"


def _advice(scope: Scope) -> str:
    """Return advice on a refusal. A proxy that is set up wrongly may be the cause."""
    headers = Headers(scope=scope)
    # Sec-Fetch-Site comes from the browser, so no proxy is to blame.
    if "sec-fetch-site" in headers:
        return _ADVICE_TRUST
    origin = headers.get("origin", "")
    scheme = _scheme(scope)
    here = f"{scheme}://{headers.get('host', '').lower()}"
    if not _MAY_BE_SHOWN.fullmatch(origin) or not _MAY_BE_SHOWN.fullmatch(here):
        return _ADVICE_TRUST
    advice = ""
    if _host(origin) != _host(here):
        advice += _ADVICE_HOST
    if scheme == "http" and origin.startswith("https:"):
        advice += _ADVICE_SCHEME
    if not advice:
        return _ADVICE_TRUST
    return f"A page of {origin} sent this, and it arrived as one for {here}.{advice}"


def _host(origin: str) -> str:
    """Return the host and the port of an origin. 80 and 443 count as no port."""
    return re.sub(r"^https?://|:(80|443)$", "", origin)
