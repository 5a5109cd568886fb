"""What the layers around an app and the dependencies inside it share during one request."""

from dataclasses import dataclass, field

from fastapi import FastAPI, Response
from starlette.types import Scope

KEY = "app.kit"
"""Where it stands in the ASGI scope; a middleware may pass on a copy of the scope."""


@dataclass
class Shared:
    """Belongs to one request, or to one WebSocket."""

    app: FastAPI
    """The app that `protect` was called on; inside a mounted app, the one around it."""
    temporal_responses: list[Response] = field(default_factory=list)
    reads_cookies: bool = False
    is_personal: bool = False


def shared(scope: Scope) -> Shared:
    """Return what is shared during the request of this ASGI scope.

    Raises:
        RuntimeError: nobody called `protect` on the app.
    """
    if KEY not in scope:
        raise RuntimeError("Call protect(app, settings) right after FastAPI(...).")
    found: Shared = scope[KEY]
    return found
