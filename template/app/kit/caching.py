"""No cache gives one visitor's answer to another."""

from fastapi.requests import HTTPConnection

from app.kit.request import Header, Shared, shared

_NO_STORE = (b"cache-control", b"no-store")
_SAME_ORIGIN = (b"cross-origin-resource-policy", b"same-origin")
_VARY = (b"vary", b"Cookie")


def vary_on_cookie(connection: HTTPConnection) -> None:
    """Tell caches that the answer to this request depends on its cookies."""
    shared(connection.scope).reads_cookies = True


def make_personal(connection: HTTPConnection) -> None:
    """Tell caches that the answer is only for whoever sent the request's cookie."""
    shared(connection.scope).is_personal = True


def tell_caches(state: Shared, _: int, headers: list[Header]) -> list[Header]:
    """Add the headers that say what caches may store, and for whom."""
    names = dict(headers)
    if state.is_personal:
        # Nobody stores it, and no other origin embeds it (ASVS 14.3.2, 3.5.8).
        headers = _without_store(headers)
        if _SAME_ORIGIN[0] not in names:
            headers.append(_SAME_ORIGIN)
    elif b"set-cookie" in names:
        # The route may say otherwise. FastAPI says no-cache for Server-Sent Events,
        # which still lets caches store them.
        said = [value for name, value in headers if name == b"cache-control"]
        if said[:1] in ([], [b"no-cache"]):
            headers = _without_store(headers)
    if state.reads_cookies or state.is_personal:
        headers = _varying(headers)
    return headers


def _without_store(headers: list[Header]) -> list[Header]:
    others = [header for header in headers if header[0] != b"cache-control"]
    return [*others, _NO_STORE]


def _varying(headers: list[Header]) -> list[Header]:
    """Return the headers with Cookie in Vary (RFC 9111, section 4.1)."""
    values = b",".join(value for name, value in headers if name == b"vary")
    varies_on = {each.strip() for each in values.lower().split(b",")}
    if varies_on & {b"cookie", b"*"}:
        return headers
    return [*headers, _VARY]
