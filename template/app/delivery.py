"""What is set on the temporal response reaches the client, however the request ends.

The temporal response is what FastAPI passes to a parameter `response: Response`; see "Response
Cookies" in its documentation. FastAPI sends what a dependency or a path operation sets there
only when the path operation returns an object. When it returns a Response itself, raises
HTTPException, or when validation fails, FastAPI drops it. Here it arrives in each of these
cases. After an unhandled error nothing arrives: nothing happened, so nothing is set.
"""

from collections.abc import Awaitable
from typing import Final

from fastapi import Response
from fastapi.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]

KEPT: Final = "app.temporal_responses"
"""The key of the ASGI scope under which a request's temporal responses are kept."""

_PERSONAL: Final = "app.personal"
_STARTS: Final = {"http.response.start", "websocket.accept", "websocket.http.response.start"}
_SET_COOKIE: Final = b"set-cookie"
_VARY: Final = b"vary"
_CACHE_CONTROL: Final = b"cache-control"
_FOR_ONE_PERSON: Final = [
    (_CACHE_CONTROL, b"no-store"),
    (_VARY, b"Cookie"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_OF_A_BODY: Final = {
    b"content-encoding",
    b"content-length",
    b"content-range",
    b"content-type",
    b"etag",
    b"last-modified",
    b"transfer-encoding",
}


async def keep_temporal_response(connection: HTTPConnection, response: Response) -> None:
    """Note the request's temporal response, for `TemporalResponseDelivery`.

    A dependency of the whole app: one request has one temporal response, which all its
    dependencies and its path operation share.
    """
    keep(connection, response)


def keep(connection: HTTPConnection, response: Response, *, personal: bool = False) -> None:
    """Do the same from inside another dependency, which spares FastAPI solving one more.

    With `personal`, the response is for whoever sent this cookie: no cache may store it.
    """
    scope = connection.scope
    kept = scope[KEPT]
    if response not in kept:
        kept.append(response)
    if personal:
        scope[_PERSONAL] = True


class TemporalResponseDelivery:
    """Deliver the temporal response's cookies and headers with whatever response is sent.

    - The temporal response's cookies come first, in the order they were set. Of two that a
      browser takes for the same cookie, the last is sent (RFC 10025, section 4.1.1).
    - With a response that a path operation returned come the temporal response's other headers,
      too, apart from those that the response has already and those that describe its body. Vary
      adds up. With an error comes Vary only: the rest was meant for another answer.
    - A response for which a session was read carries `Vary: Cookie` and `no-store`, and no other
      origin may embed it (ASVS 14.3.2, 3.5.8).
    - A response that sets a cookie carries `Cache-Control: no-store` unless it says otherwise,
      so that no shared cache gives one visitor's cookie to another.

    A mounted sub-application has its own temporal responses: give it `keep_temporal_response`
    among its `dependencies`, too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        kept: list[Response] = []
        scope[KEPT] = kept

        # Not a coroutine of its own around that of `send`: there is nothing to wait for here.
        def deliver(message: Message) -> Awaitable[None]:
            if message["type"] in _STARTS:
                headers = _merge(kept, message)
                message["headers"] = _personal(headers) if _PERSONAL in scope else headers
            return send(message)

        await self.app(scope, receive, deliver)


def _personal(headers: list[Header]) -> list[Header]:
    kept = [header for header in headers if header[0] != _CACHE_CONTROL]
    return kept + _FOR_ONE_PERSON


def _merge(kept: list[Response], message: Message) -> list[Header]:
    sent: list[Header] = list(message.get("headers", ()))
    temporal = [header for response in kept for header in response.raw_headers]
    names = {name for name, _ in sent}
    if not temporal and _SET_COOKIE not in names:
        return sent
    is_error = message.get("status", 0) >= 400
    headers = [header for header in sent if header[0] != _SET_COOKIE]
    for header in temporal:
        name = header[0]
        if name == _VARY:
            # FastAPI has copied it already where an object was returned.
            wanted = header not in sent
        else:
            wanted = not is_error and name not in {_SET_COOKIE, *names, *_OF_A_BODY}
        if wanted:
            headers.append(header)
    cookies = [header for header in temporal + sent if header[0] == _SET_COOKIE]
    if cookies:
        headers += {_identity(value): (name, value) for name, value in cookies}.values()
        # FastAPI sends no-cache with Server-Sent Events; a cache may store those.
        if not any(name == _CACHE_CONTROL and value != b"no-cache" for name, value in headers):
            headers.append((_CACHE_CONTROL, b"no-store"))
    return headers


def _identity(set_cookie: bytes) -> tuple[bytes, ...]:
    """Return what a browser tells cookies apart by: name, domain and path."""
    pair, *attributes = (part.strip() for part in set_cookie.split(b";"))
    scope = sorted(part for part in attributes if part.lower().startswith((b"domain=", b"path=")))
    return (pair.partition(b"=")[0], *scope)
