"""What the layers around an app and the dependencies inside it share in a request."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from fastapi import FastAPI, Response
from starlette.datastructures import MutableHeaders
from starlette.types import Scope

KEY = "app.kit"  # in the ASGI scope; a middleware may pass on a copy of that
Header = tuple[bytes, bytes]


class TemporalResponse(Response):
    """Remembers every header that was ever set on it, so that copies are recognized.

    Whoever changes or deletes a header asks for `headers` first. That is when the
    headers so far are noted.

    Attributes:
        seen: the headers by their ids. As they are kept here, no other gets their id.
    """

    seen: dict[int, Header]

    @property
    def headers(self) -> MutableHeaders:
        for header in self.raw_headers:
            self.seen[id(header)] = header
        return super().headers


@dataclass
class Shared:
    """Belongs to one request or one WebSocket.

    Attributes:
        app: what `protect` was called on; inside a mounted app, the one around it.
        scope: as it arrived. Routers and mounts change the original.
        temporal_responses: one, and one more for each mounted app on the way.
        cookies_set: each Set-Cookie that `Cookie` wrote, in that order, and on which
            response.
        delivered: the headers that left the routes.
        sent: the headers that left the owner's middleware.
        reads_cookies: whether the answer depends on cookies.
        is_personal: whether the answer is only for whoever sent the cookie.
    """

    app: FastAPI
    scope: Scope = field(default_factory=dict)
    temporal_responses: list[TemporalResponse] = field(default_factory=list)
    cookies_set: list[tuple[Response, Header]] = field(default_factory=list)
    delivered: list[Header] | None = None
    sent: list[Header] | None = None
    reads_cookies: bool = False
    is_personal: bool = False


def shared(scope: Scope) -> Shared:
    """Return what is shared during the request of this ASGI scope.

    Raises RuntimeError if the app is not protected.
    """
    found = scope.get(KEY)
    if not isinstance(found, Shared):
        raise RuntimeError("Call protect(app, settings) right after FastAPI(...).")
    return found


@dataclass
class Sending:
    """The response that a layer waits for."""

    shared: Shared
    has_started: bool = False


SENDING: ContextVar[Sending | None] = ContextVar("sending", default=None)
"""Of the innermost layer that changes headers. None outside a request."""
