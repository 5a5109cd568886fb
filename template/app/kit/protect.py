"""All protections around an app, in the right order, in one call."""

import sys
from collections.abc import Mapping
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.caching import tell_caches
from app.kit.delivery import deliver_temporal_response, keep_temporal_response, last_of_each_cookie
from app.kit.errors import answer_422, input_withheld, refuse_handshake
from app.kit.headers import complete_allow, security_headers, with_header_limit
from app.kit.lost import note_what_is_sent, warn_of_lost_cookies, warn_of_other_domains
from app.kit.not_found import with_not_found
from app.kit.origin import with_cross_origin_protection
from app.kit.plain_http import weaken, with_cookies_over_http
from app.kit.proxies import warn_of_trust_in_all
from app.kit.request import KEY, Change, Shared, with_headers
from app.kit.settings import KitSettings

# What every path operation may answer, for the OpenAPI document.
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body cannot be read"},
    403: {"description": "A page of another origin sent it, or a proxy hides which one"},
    413: {"description": "The body is too large"},
    431: {"description": "The headers, cookies among them, are too large"},
}


def protect(
    app: FastAPI,
    settings: KitSettings,
    *,
    headers: Mapping[str, str] = {},
    csp: Mapping[str, str] = {},
) -> None:
    """Protect `app`. Call it right after `FastAPI(...)`, and on a FastAPI app that you mount, too.

    `headers` and `csp` change security headers, and directives of Content-Security-Policy, from
    what `headers.py` has: `csp={"img-src": "'self' https://images.example"}`; "" sends none.

    From the outside in, a request passes what keeps input out of the log, what changes each
    response's headers, CORS for `TRUSTED_ORIGINS`, the refusals (431, 403), development over plain
    HTTP where it is on, FastAPI's handling of unhandled errors, your middleware, the last one added
    first, what delivers the temporal response, and what answers unknown paths; then your routes.
    So the protections hold for whatever a layer of yours answers. One that must see a request
    before ours, such as one that takes the client's address from a header, goes around the app.

    Raises RuntimeError after routes were added; exits for what weakens cookies in production.
    """
    if settings.cookies_over_http and settings.fastapi_env == "production":
        sys.exit("Settings: COOKIES_OVER_HTTP=true is for `fastapi dev` only; unset it elsewhere.")
    fastapis = {app.openapi_url, app.docs_url, app.redoc_url, app.swagger_ui_oauth2_redirect_url}
    early = [route for route in app.routes if getattr(route, "path", "") not in fastapis]
    if early:
        raise RuntimeError(
            f"{getattr(early[0], 'path', early[0])} was added before protect(app, settings), so it "
            "would be served without protection: call protect right after FastAPI(...)."
        )
    app.state.kit_settings = settings  # what `SettingsDep` gives
    app.router.dependencies.insert(0, Depends(keep_temporal_response))
    # FastAPI's own parameter would limit routes that set a higher one, too.
    app.router.max_body_size = settings.max_body_size
    app.router.responses = _REFUSALS | app.router.responses
    app.add_exception_handler(RequestValidationError, answer_422)
    app.add_exception_handler(WebSocketRequestValidationError, refuse_handshake)
    app.add_middleware(with_not_found)
    app.add_middleware(with_headers, deliver_temporal_response)
    security = security_headers(headers, csp, hsts=settings.fastapi_env == "production")
    build = app.build_middleware_stack
    # The only way to stay around middleware that is added later; OpenTelemetry's does the same.
    app.build_middleware_stack = lambda: _around(app, build(), settings, security)  # type: ignore[method-assign]


def _around(app: FastAPI, inner: ASGIApp, settings: KitSettings, security: Change) -> ASGIApp:
    layers = with_cookies_over_http(inner) if settings.cookies_over_http else inner
    layers = with_cross_origin_protection(layers, settings.trusted_origins)
    layers = with_header_limit(layers, settings.max_header_size)
    if settings.trusted_origins:
        # Never "*" or a pattern: with credentials, either lets any site read a visitor's data.
        layers = CORSMiddleware(
            layers,
            allow_origins=settings.trusted_origins,
            allow_credentials=True,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Retry-After"],
        )
    changes = [note_what_is_sent, last_of_each_cookie, tell_caches, complete_allow, security]
    if settings.fastapi_env == "development":
        changes.append(warn_of_other_domains)
    if settings.cookies_over_http:
        changes.append(weaken)
    layers = with_headers(layers, *changes)

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        # Inside another protected app, that one's layers are enough.
        if scope["type"] == "lifespan" or KEY in scope:
            if scope["type"] == "lifespan" and settings.fastapi_env == "production":
                warn_of_trust_in_all()
            await inner(scope, receive, send)
        else:
            scope[KEY] = state = Shared(app, dict(scope))
            with input_withheld():
                await layers(scope, receive, send)
            warn_of_lost_cookies(state)

    return outermost
