"""Security headers on every response: what a page of this app may do, and who may frame it.

By hand: a library such as `secure` would need an adapter as long as this for what a path operation
sets itself, for handshakes of WebSockets, and for HSTS over https only.
"""

from collections.abc import Mapping

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
HSTS = b"max-age=63072000"


def content_security_policy(changed: Mapping[str, str]) -> str:
    """Return the value of Content-Security-Policy: `CSP` with the directives in `changed`."""
    return "; ".join(f"{name} {value}" for name, value in {**CSP, **changed}.items() if value)


def security_headers(headers: Mapping[str, str], csp: Mapping[str, str], *, hsts: bool) -> Change:
    """Return what adds the headers that a response has not got itself; HSTS over https only."""
    ours = {**HEADERS, "Content-Security-Policy": content_security_policy(csp), **headers}
    over_http = [(name.lower().encode(), value.encode()) for name, value in ours.items() if value]
    over_https = [*over_http, (b"strict-transport-security", HSTS)] if hsts else over_http

    def add(state: Shared, _: int, sent: list[Header]) -> list[Header]:
        names = {name.lower() for name, _ in sent}
        due = over_https if state.scope["scheme"] in {"https", "wss"} else over_http
        return [*sent, *(header for header in due if header[0] not in names)]

    return add
