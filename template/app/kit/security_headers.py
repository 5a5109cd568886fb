"""Security headers for every response.

A library such as `secure` would need as much code around it: for the headers that a
path operation sets itself, for WebSocket handshakes, and for HSTS over HTTPS only.
"""

from collections.abc import Mapping

from app.kit.request import Header, Shared
from app.kit.response_headers import Change

CSP: Mapping[str, str] = {
    # Nothing from elsewhere, no frames, no plugins (ASVS 3.4.3, 3.4.6).
    "default-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    # What pages need, from this app only.
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "manifest-src": "'self'",
    "media-src": "'self'",
    "worker-src": "'self'",
    # Bundlers put small images and fonts into style sheets.
    "img-src": "'self' data:",
    "font-src": "'self' data:",
}
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",  # ASVS 3.4.4
    "Referrer-Policy": "same-origin",  # ASVS 3.4.5
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",  # ASVS 3.4.8
}
# Two years (ASVS 3.4.1). Whether subdomains are included, and whether browsers ship
# with the domain on their preload lists, is for the owner of the domain to decide.
HSTS: Mapping[str, str] = {"Strict-Transport-Security": "max-age=63072000"}


def content_security_policy(changed: Mapping[str, str]) -> str:
    """Return Content-Security-Policy: `CSP` with the directives in `changed`.

    An empty value leaves a directive out.
    """
    directives = {**CSP, **changed}
    return "; ".join(f"{name} {value}" for name, value in directives.items() if value)


def security_headers(
    headers: Mapping[str, str], csp: Mapping[str, str], *, hsts: bool
) -> Change:
    """Return the change that adds each header that a response does not set itself.

    `headers` overrides `HEADERS`, `csp` overrides directives of `CSP`; an empty value
    leaves one out. HSTS is sent over HTTPS only.
    """
    named = {
        **HEADERS,
        "Content-Security-Policy": content_security_policy(csp),
        **(HSTS if hsts else {}),
    }
    ours = {name.lower(): value for name, value in named.items()}
    ours.update({name.lower(): value for name, value in headers.items()})
    over_https = [
        (name.encode(), value.encode()) for name, value in ours.items() if value
    ]
    over_http = [
        header for header in over_https if header[0] != b"strict-transport-security"
    ]

    def add(state: Shared, _: int, sent: list[Header]) -> list[Header]:
        is_secure = state.scope["scheme"] in {"https", "wss"}
        taken = dict(sent)
        added = over_https if is_secure else over_http
        return sent + [header for header in added if header[0] not in taken]

    return add
