"""No cache gives one visitor's answer to another."""

from fastapi.requests import HTTPConnection
from starlette.datastructures import MutableHeaders

from app.kit.request import Header, Shared, shared


def vary_on_cookie(connection: HTTPConnection) -> None:
    """Say that the answer to this request depends on its cookies."""
    shared(connection.scope).reads_cookies = True


def make_personal(connection: HTTPConnection) -> None:
    """Say that the answer to this request is for whoever sent its cookie, and nobody else."""
    shared(connection.scope).is_personal = True


def tell_caches(state: Shared, _: int, raw: list[Header]) -> list[Header]:
    """Say to caches what they may store, and for whom."""
    headers = MutableHeaders(raw=raw)
    # No cache stores what is personal, and no other origin embeds it (ASVS 14.3.2, 3.5.8).
    if state.is_personal:
        headers["Cache-Control"] = "no-store"
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    # Unless it says otherwise. FastAPI says no-cache of Server-Sent Events; caches may store those.
    elif "set-cookie" in headers and headers.get("cache-control") in (None, "no-cache"):
        headers["Cache-Control"] = "no-store"
    if state.reads_cookies or state.is_personal:
        names = {name.strip().lower() for name in ",".join(headers.getlist("vary")).split(",")}
        if not names & {"cookie", "*"}:
            headers.append("Vary", "Cookie")  # RFC 9111, section 4.1
    return headers.raw
