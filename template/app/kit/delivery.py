"""Cookies set on the temporal response reach the client, whatever response is sent.

The temporal response, as FastAPI's documentation calls it, is the parameter `response:
Response`. FastAPI copies its headers to the response that it makes of returned data,
but not those that a dependency sets after its `yield`. It drops all of them if the path
operation returns a Response, if HTTPException is raised, and if validation fails.

Here cookies arrive in all these cases, and other headers unless the response is an
error. After an unhandled error nothing arrives: such a request is meant to change
nothing.
"""

from collections.abc import Iterator
from itertools import accumulate
from math import inf
from operator import itemgetter

from fastapi import Response
from fastapi.requests import HTTPConnection
from fastapi.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.body_limit import refuse_declared_body
from app.kit.lost import warn_of_other_responses
from app.kit.request import Header, Shared, TemporalResponse, shared
from app.kit.response_headers import send_with_changes
from app.kit.set_cookie import sets_cookie

_BODY_HEADERS = {
    b"content-encoding",
    b"content-length",
    b"content-range",
    b"content-type",
    b"etag",
    b"last-modified",
    b"transfer-encoding",
}
# With these FileResponse answers a Range that it cannot serve, without the headers that
# were set on it. Its cookies are added again.
_BAD_RANGE = {400, 416}


async def keep_temporal_response(
    connection: HTTPConnection, response: Response
) -> None:
    """Keep the temporal response for the layer below: FastAPI gives layers none.

    This is the app's first dependency. So it also refuses a body that is declared to be
    too large: before any other dependency runs.
    """
    refuse_declared_body(connection)
    # TemporalResponse remembers every header that was ever set. FastAPI has no setting
    # for the class of the response that it makes.
    response.__class__ = TemporalResponse
    assert isinstance(response, TemporalResponse)  # for the type checker
    response.seen = {}
    shared(connection.scope).temporal_responses.append(response)


def with_temporal_response(app: ASGIApp) -> ASGIApp:
    """Deliver what was set on the temporal response with every response."""
    changes = [deliver_temporal_response, warn_of_other_responses]

    async def temporal_response(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        else:
            await send_with_changes(changes, app, scope, receive, send)

    return temporal_response


def deliver_temporal_response(
    state: Shared, status: int, outgoing: list[Header]
) -> list[Header]:
    """Return the headers to send: those in `outgoing`, and the temporal response's.

    `outgoing` may already hold some of them: FastAPI puts the same tuples there, so
    their ids tell which.
    """
    temporal = [
        header for kept in state.temporal_responses for header in kept.raw_headers
    ]
    # Also those since removed: FastAPI may have copied them before.
    ever_set = {id(header) for header in temporal}
    for kept in state.temporal_responses:
        ever_set.update(kept.seen)
    if not ever_set and status not in _BAD_RANGE:
        state.delivered = outgoing
        return outgoing
    own = [header for header in outgoing if id(header) not in ever_set]
    copied = {id(header) for header in outgoing} & ever_set
    if status in _BAD_RANGE:
        for response, header in state.cookies_set:
            if isinstance(response, FileResponse):
                own.append(header)
    headers = [header for header in own if not sets_cookie(header)]
    headers += _headers_to_add(temporal, own, copied, status)
    headers += _cookies_in_order(temporal, own, state)
    state.delivered = headers
    return headers


def _headers_to_add(
    temporal: list[Header], own: list[Header], copied: set[int], status: int
) -> Iterator[Header]:
    """Yield those headers of the temporal response, but its cookies, that fit.

    `own` are the response's own headers. `copied` are the ids of the temporal headers
    that FastAPI copied to it.
    """
    taken = {name for name, _ in own}
    for header in temporal:
        if sets_cookie(header):
            continue
        name = header[0]
        if name == b"vary":  # each adds to the others
            fits = header not in own
        elif copied:  # FastAPI made this response with them; later ones fill gaps
            fits = id(header) in copied or name not in taken
        elif status >= 400:  # they were meant for a success
            fits = False
        else:
            fits = name not in taken and name not in _BODY_HEADERS
        if fits:
            yield header


def _cookies_in_order(
    temporal: list[Header], own: list[Header], state: Shared
) -> list[Header]:
    """Return the cookies of both responses in the order in which they were set.

    `Cookie.set` and `Cookie.delete` note that order in `cookies_set`. When a cookie was
    set by other means is unknown. On the temporal response it counts as set as early as
    can be: right after the one before it there, or first. On the response itself it
    counts as set as late as can be: right before the one after it there, or last.
    """
    of_temporal = [header for header in temporal if sets_cookie(header)]
    of_own = [header for header in own if sets_cookie(header)]
    positions = {id(header): n for n, (_, header) in enumerate(state.cookies_set)}
    # The position of each, or else that of the last one before it.
    noted = (positions.get(id(header), -1) for header in of_temporal)
    early = list(accumulate(noted, max))
    # The position of each, or else that of the first one after it.
    noted_backwards = (positions.get(id(header), inf) for header in reversed(of_own))
    late = list(accumulate(noted_backwards, min))
    late.reverse()
    both = zip(early + late, of_temporal + of_own, strict=True)
    return [header for _, header in sorted(both, key=itemgetter(0))]
