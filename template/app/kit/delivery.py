"""What is set on the temporal response reaches the client, whatever response is sent.

The temporal response is FastAPI's parameter `response: Response`. FastAPI copies what
is set on it, but only if the path operation returns an object, and before dependencies
continue after their `yield`. If the path operation returns a Response, and after an
HTTPException or failed validation, FastAPI drops it. Here it arrives in all these
cases. After an unhandled error it does not: the request had no effect.
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

_DESCRIBE_A_BODY = {
    b"content-encoding",
    b"content-length",
    b"content-range",
    b"content-type",
    b"etag",
    b"last-modified",
    b"transfer-encoding",
}
# The statuses with which FileResponse answers a Range that it cannot serve. Such an
# answer lacks the headers that were set on the FileResponse.
_BAD_RANGE = {400, 416}


async def keep_temporal_response(
    connection: HTTPConnection, response: Response
) -> None:
    """Note the temporal response, which FastAPI gives to dependencies only.

    `protect` makes this the first dependency of the app. So a body that is too large is
    refused before anything else happens.
    """
    refuse_declared_body(connection)
    # FastAPI has no setting for the class of the temporal response.
    response.__class__ = TemporalResponse
    assert isinstance(response, TemporalResponse)
    response.seen = {}
    shared(connection.scope).temporal_responses.append(response)


def with_temporal_response(app: ASGIApp) -> ASGIApp:
    """Add what was set on the temporal response to every response."""
    changes = [deliver_temporal_response, warn_of_other_responses]

    async def temporal_response(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        else:
            await send_with_changes(changes, app, scope, receive, send)

    return temporal_response


def deliver_temporal_response(
    state: Shared, status: int, sent: list[Header]
) -> list[Header]:
    """Return the headers to send: those in `sent`, and the temporal response's.

    `sent` may already hold copies that FastAPI made. A header is a tuple, and FastAPI
    copies the reference, so the id tells a copy.
    """
    temporal = [
        header for kept in state.temporal_responses for header in kept.raw_headers
    ]
    ever_set = {id(header) for header in temporal}
    for kept in state.temporal_responses:
        ever_set.update(kept.seen)
    if not ever_set and status not in _BAD_RANGE:
        state.delivered = sent
        return sent
    own = [header for header in sent if id(header) not in ever_set]
    copied = {id(header) for header in sent} & ever_set
    if status in _BAD_RANGE:
        own += [header for kept, header in state.said if isinstance(kept, FileResponse)]
    headers = [header for header in own if not sets_cookie(header)]
    headers += _headers_to_add(temporal, own, copied, status)
    headers += _cookies_in_order(temporal, own, state)
    state.delivered = headers
    return headers


def _headers_to_add(
    temporal: list[Header], own: list[Header], copied: set[int], status: int
) -> Iterator[Header]:
    """Yield the temporal response's headers that suit a response, without cookies.

    `own` are the headers that the response has itself. `copied` are the ids of the
    temporal ones that FastAPI copied to it, if any.
    """
    taken = {name for name, _ in own}
    for header in temporal:
        name = header[0]
        if sets_cookie(header):
            fits = False
        elif name == b"vary":  # the values of both count
            fits = header not in own
        elif copied:  # FastAPI took all of them for this response
            fits = id(header) in copied or name not in taken
        elif status >= 400:  # they were meant for a success
            fits = False
        else:
            fits = name not in taken and name not in _DESCRIBE_A_BODY
        if fits:
            yield header


def _cookies_in_order(
    temporal: list[Header], own: list[Header], state: Shared
) -> list[Header]:
    """Return the cookies of both responses in the order in which they were set.

    `Cookie` notes that order. For a cookie that was set without `Cookie`, it is
    unknown. On the temporal response it counts as set before the path operation ran:
    right after its predecessor. On the response itself it counts as set last: right
    before its successor.
    """
    first = [header for header in temporal if sets_cookie(header)]
    second = [header for header in own if sets_cookie(header)]
    position = {id(header): number for number, (_, header) in enumerate(state.said)}
    # Where `Cookie` noted none, the highest position before it, or the lowest after it.
    early = accumulate((position.get(id(header), -1) for header in first), max)
    late = accumulate((position.get(id(header), inf) for header in second[::-1]), min)
    positions = [*early, *reversed([*late])]
    in_order = sorted(zip(positions, first + second, strict=True), key=itemgetter(0))
    return [header for _, header in in_order]
