"""A cookie that cannot arrive says so: which, why, and what to do."""

import warnings

from starlette.datastructures import Headers

from app.kit.delivery import identity, sets_cookie
from app.kit.request import Header, Shared

_REPLACED = (
    "A middleware sent a response of its own. Give that one the cookies, too: "
    'new.raw_headers += [each for each in old.raw_headers if each[0] == b"set-cookie"].'
)
_CLOSED = "The WebSocket was closed before `accept`. Raise HTTPException(403): they arrive with it."
_DOMAIN = "While you develop, declare it without `domain`, as docs/cookies.md shows."


def note_what_is_sent(state: Shared, _: int, headers: list[Header]) -> list[Header]:
    """Note which headers left the middleware."""
    state.sent = headers
    return headers


def warn_of_lost_cookies(state: Shared) -> None:
    """Warn of cookies whose response was not sent. A middleware that takes them off it knows."""
    meant, sent = state.delivered, state.sent or []
    if meant is None:
        meant = [header for kept in state.temporal_responses for header in kept.raw_headers]
    if _is_the_same(meant, sent):
        return
    arrived = {identity(header)[0] for header in sent if sets_cookie(header)}
    if lost := {identity(header)[0] for header in meant if sets_cookie(header)} - arrived:
        names = ", ".join(repr(name.decode("latin-1")) for name in sorted(lost))
        why = _CLOSED if state.scope["type"] == "websocket" else _REPLACED
        path = state.scope["path"][:200]
        warnings.warn(f"Cookies lost: {names}, of {path!r}. {why}", RuntimeWarning, stacklevel=2)


def _is_the_same(meant: list[Header], sent: list[Header]) -> bool:
    """Return whether these headers are of one response, changed or not."""
    rest = {header for header in meant if not sets_cookie(header)}
    # A middleware that makes each pair anew leaves the length of the body as it was.
    is_equal = rest <= {*sent} and b"content-length" in dict(rest)
    return is_equal or not {*map(id, meant)}.isdisjoint(map(id, sent))


def warn_of_other_domains(state: Shared, _: int, headers: list[Header]) -> list[Header]:
    """Warn of cookies for a domain at which the browser is not. For development only."""
    host = Headers(scope=state.scope).get("host", "").lower().partition(":")[0]
    for header in filter(sets_cookie, headers):
        name, domain = (part.decode("latin-1") for part in identity(header)[:2])
        ends = b"; max-age=0;" in header[1].lower() + b";"  # as one of `formerly`, in vain
        if domain and not ends and not f".{host}".endswith(f".{domain}"):
            why = f"browsers drop what {host!r} sets for the domain {domain!r}. {_DOMAIN}"
            warnings.warn(f"Cookie {name!r} is lost: {why}", RuntimeWarning, stacklevel=2)
    return headers
