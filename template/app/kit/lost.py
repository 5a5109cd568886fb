"""Warnings about cookies that cannot arrive: which, why, and what to do."""

import warnings

from starlette.datastructures import Headers

from app.kit.request import Header, Shared, TemporalResponse
from app.kit.set_cookie import identity, sets_cookie

_REPLACED = (
    "A middleware sent a response of its own. Give that one the cookies, too: "
    "new.raw_headers += "
    '[each for each in old.raw_headers if each[0] == b"set-cookie"].'
)
_CLOSED = (
    "The WebSocket was closed before `accept`. Raise HTTPException(403) instead: "
    "cookies arrive with it."
)
_NOT_RETURNED = (
    "The response on which it was set was not returned: return that one, or write "
    "COOKIE.set(response, value) with the one that you return."
)
_DOMAIN = "In development, declare it without `domain`, as docs/cookies.md shows."


def note_what_is_sent(state: Shared, _: int, headers: list[Header]) -> list[Header]:
    """Note which headers left the middleware."""
    state.sent = headers
    return headers


def warn_of_other_responses(
    state: Shared, status: int, headers: list[Header]
) -> list[Header]:
    """Warn about cookies on a response that the routes did not return.

    There is no warning where an error took its place.
    """
    if state.cookies_set and status < 400:
        own = [
            header
            for kept, header in state.cookies_set
            if not isinstance(kept, TemporalResponse)
        ]
        lost = _names_of_cookies(own) - _names_of_cookies(headers)
        _warn(state, lost, _NOT_RETURNED)
    return headers


def warn_of_lost_cookies(state: Shared) -> None:
    """Warn about cookies whose response a middleware replaced with its own.

    There is no warning where it only removed cookies from the response: that was meant.
    """
    meant = state.delivered
    if meant is None:  # The routes sent no response.
        meant = [
            header for kept in state.temporal_responses for header in kept.raw_headers
        ]
    sent = state.sent or []
    lost = _names_of_cookies(meant)
    if not lost or _is_the_same(meant, sent):
        return
    why = _CLOSED if state.scope["type"] == "websocket" else _REPLACED
    _warn(state, lost - _names_of_cookies(sent), why)


def _warn(state: Shared, lost: set[bytes], why: str) -> None:
    if lost:
        names = ", ".join(repr(name.decode("latin-1")) for name in sorted(lost))
        path = state.scope["path"][:200]
        message = f"Cookies lost: {names}, of {path!r}. {why}"
        warnings.warn(message, RuntimeWarning, stacklevel=3)


def _names_of_cookies(headers: list[Header]) -> set[bytes]:
    return {identity(header)[0] for header in headers if sets_cookie(header)}


def _is_the_same(meant: list[Header], sent: list[Header]) -> bool:
    """Return whether both are headers of one response, changed or not."""
    if not {id(header) for header in meant}.isdisjoint(map(id, sent)):
        return True
    # A middleware may copy every header. Then the length of the body is still there.
    others = {header for header in meant if not sets_cookie(header)}
    return b"content-length" in dict(others) and others <= set(sent)


def warn_of_other_domains(state: Shared, _: int, headers: list[Header]) -> list[Header]:
    """Warn about cookies for a domain that the browser is not on. For development."""
    host = Headers(scope=state.scope).get("host", "").lower().partition(":")[0]
    for header in headers:
        if not sets_cookie(header):
            continue
        name, domain = (part.decode("latin-1") for part in identity(header)[:2])
        # It may be there to delete a cookie of `formerly`.
        is_deletion = b"; max-age=0;" in header[1].lower() + b";"
        if not domain or is_deletion or f".{host}".endswith(f".{domain}"):
            continue
        message = (
            f"Cookie {name!r} is lost: browsers drop what {host!r} sets for the domain "
            f"{domain!r}. {_DOMAIN}"
        )
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    return headers
