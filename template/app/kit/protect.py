"""All protections around an app, in the right order, in one call."""

import sys
from collections.abc import Mapping
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit import unquote as unquote  # imported for what it mends in old Pythons
from app.kit.allow import complete_allow
from app.kit.body_limit import with_body_limit
from app.kit.caching import tell_caches
from app.kit.csrf import with_cross_origin_protection
from app.kit.delivery import keep_temporal_response, with_temporal_response
from app.kit.errors import answer_422, refuse_handshake, with_input_withheld
from app.kit.header_limit import with_header_limit
from app.kit.lost import (
    note_what_is_sent,
    warn_of_lost_cookies,
    warn_of_other_domains,
)
from app.kit.not_found import with_not_found
from app.kit.openapi import document_cookies
from app.kit.plain_http import weaken_cookies, with_cookies_over_http
from app.kit.proxies import warn_if_all_proxies_are_trusted
from app.kit.request import KEY, Shared
from app.kit.response_headers import Change, lower_case_names, with_response_headers
from app.kit.security_headers import security_headers
from app.kit.set_cookie import last_of_each_cookie
from app.kit.settings import KitSettings

# What every path operation may answer, for the OpenAPI document.
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body cannot be read"},
    403: {
        "description": "A page of another origin sent it, or a proxy hides the origin"
    },
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
    """Protect `app`. Call this right after `FastAPI(...)`.

    `headers` replaces security headers of `security_headers.py`, and `csp` replaces
    directives of its Content-Security-Policy. An empty value removes one. For example:

        protect(app, settings, csp={"img-src": "'self' https://images.example"})

    From the outside in, a request passes these:

    1. `layers_outside`
    2. FastAPI's answer to unhandled errors
    3. your middleware, in reverse order of adding
    4. `layers_inside`
    5. your routes

    So the layers outside also protect the responses of your middleware. Middleware that
    must see a request before they do, such as one that takes the client's address from
    a header, has to wrap the app: `served = YourMiddleware(app)`.

    Call it on each FastAPI app that you mount, too. There it does what concerns that
    app's routes; `layers_outside` are those of the app around it.

    Raises RuntimeError if routes were added before. Exits if `COOKIES_OVER_HTTP` is on
    in production.
    """
    if settings.cookies_over_http and settings.fastapi_env == "production":
        sys.exit(
            "Settings: COOKIES_OVER_HTTP=true is for `fastapi dev` only; "
            "unset it elsewhere."
        )
    _refuse_earlier_routes(app)
    app.state.kit_settings = settings  # `current_settings` returns them
    app.router.dependencies.insert(0, Depends(keep_temporal_response))
    app.router.responses = _REFUSALS | app.router.responses
    app.add_exception_handler(RequestValidationError, answer_422)
    app.add_exception_handler(WebSocketRequestValidationError, refuse_handshake)
    document_cookies(app)
    # `add_middleware` puts each around those before it, so the innermost comes first.
    for layer, args, kwargs in reversed(layers_inside(settings)):
        app.add_middleware(layer, *args, **kwargs)
    outside = layers_outside(settings, headers, csp)
    build = app.build_middleware_stack
    # Only this keeps layers outside of middleware that is added later. OpenTelemetry's
    # instrumentation does the same.
    app.build_middleware_stack = lambda: _protected(  # type: ignore[method-assign]
        app, build(), outside, settings
    )


def layers_outside(
    settings: KitSettings, headers: Mapping[str, str], csp: Mapping[str, str]
) -> list[Middleware]:
    """Return the layers around your middleware, from the outside in.

    A traceback shows each under its name without `with_`.
    """
    is_production = settings.fastapi_env == "production"
    # Made in this order.
    changes: list[Change] = [
        note_what_is_sent,  # first: as your middleware sent it
        lower_case_names,
        last_of_each_cookie,
        tell_caches,
        complete_allow,
        security_headers(headers, csp, hsts=is_production),
    ]
    if not is_production:
        changes.append(warn_of_other_domains)
    if settings.cookies_over_http:
        changes.append(weaken_cookies)
    layers = [
        Middleware(with_input_withheld),
        Middleware(with_response_headers, changes),
    ]
    if settings.trusted_origins:
        # Around the next layers, so that trusted pages can read their refusals. Origins
        # are never "*" or a pattern: any site could then read visitors' data.
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.trusted_origins,
            allow_credentials=True,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Retry-After"],
        )
        layers.append(cors)
    layers += [
        Middleware(with_header_limit, settings.max_header_size),
        Middleware(with_cross_origin_protection, settings.trusted_origins),
    ]
    if settings.cookies_over_http:
        layers.append(Middleware(with_cookies_over_http))
    return layers


def layers_inside(settings: KitSettings) -> list[Middleware]:
    """Return the layers between your middleware and your routes, outside in."""
    return [
        Middleware(with_temporal_response),
        Middleware(with_body_limit, settings.max_body_size),
        Middleware(with_not_found),
    ]


def _refuse_earlier_routes(app: FastAPI) -> None:
    """Raise RuntimeError if routes were added before `protect` was called."""
    own_paths_of_fastapi = {
        app.openapi_url,
        app.docs_url,
        app.redoc_url,
        app.swagger_ui_oauth2_redirect_url,
    }
    for route in app.routes:
        path = getattr(route, "path", "")
        if path not in own_paths_of_fastapi:
            raise RuntimeError(
                f"{path or route} was added before protect(app, settings), so it would "
                "lack part of the protection: call protect right after FastAPI(...)."
            )


def _protected(
    app: FastAPI, inner: ASGIApp, outside: list[Middleware], settings: KitSettings
) -> ASGIApp:
    """Return `inner`, the stack that FastAPI built, with those layers around it."""
    outer = inner
    for layer, args, kwargs in reversed(outside):
        outer = layer(outer, *args, **kwargs)

    async def protected(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            if settings.fastapi_env == "production":
                warn_if_all_proxies_are_trusted()
            await inner(scope, receive, send)
        elif KEY in scope:
            # This app is mounted: the layers around the other app are enough.
            await inner(scope, receive, send)
        else:
            state = Shared(app, dict(scope))  # a copy, since routers change the scope
            scope[KEY] = state
            await outer(scope, receive, send)
            warn_of_lost_cookies(state)

    return protected
