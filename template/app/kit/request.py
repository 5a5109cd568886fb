"""What the layers around an app and the dependencies inside it share during a request."""

from dataclasses import dataclass, field

from fastapi import FastAPI, Response
from starlette.types import Scope

KEY = "app.kit"  # in the ASGI scope, of which a middleware may pass on a copy


@dataclass
class Shared:
    """Belongs to one request, or to one WebSocket."""

    app: FastAPI  # that `protect` was called on; inside a mounted app, the one around it
    temporal_responses: list[Response] = field(default_factory=list)
    reads_cookies: bool = False
    is_personal: bool = False


def shared(scope: Scope) -> Shared:
    """Return what is shared during the request of this ASGI scope."""
    if KEY not in scope:
        raise RuntimeError("Call protect(app, settings) right after FastAPI(...).")
    found: Shared = scope[KEY]
    return found
