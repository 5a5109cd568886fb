"""Security headers on every response: what a page of this app may do, and who may frame it.

By hand, because a library such as `secure` would need an adapter as long as this file: for a header
that a path operation sets itself, for the handshake of a WebSocket, for HSTS over https only.
"""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders

from app.kit.request import Change, Header, Shared

CSP: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # bundlers put small images and fonts into styles
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "media-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
"""Nothing from elsewhere, no script in the page itself, no frame (ASVS 3.4.3, 3.4.6)."""

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",  # ASVS 3.4.4
    "Referrer-Policy": "same-origin",  # ASVS 3.4.5
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",  # ASVS 3.4.8
}

# Two years (ASVS 3.4.1). Subdomains and the lists inside browsers are their owner's to decide.
HSTS = "max-age=63072000"


def content_security_policy(changed: Mapping[str, str]) -> str:
    """Return the value of Content-Security-Policy: `CSP` with the directives in `changed`."""
    directives = {**CSP, **changed}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items() if sources)


def security_headers(
    headers: Mapping[str, str], csp: Mapping[str, str], *, in_production: bool
) -> Change:
    """Return what adds the headers that a response has not got itself."""
    ours = {**HEADERS, "Content-Security-Policy": content_security_policy(csp), **headers}

    def add(state: Shared, _: int, raw: list[Header]) -> list[Header]:
        response = MutableHeaders(raw=raw)
        for name, value in ours.items():
            if value:
                response.setdefault(name, value)
        if in_production and state.is_https:
            response.setdefault("Strict-Transport-Security", HSTS)
        return response.raw

    return add
