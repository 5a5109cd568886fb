"""What is set on the temporal response reaches the client as it was said last.

FastAPI sends what is set on a parameter `response: Response` only when the path operation returns
an object, and a copy of it, so that nothing counts which a dependency says after its `yield`. It
sends none with a Response of one's own, nor after HTTPException or failed validation. Here it
arrives. After an unhandled error nothing does: nothing happened.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import inf
from operator import itemgetter

from fastapi import Response
from fastapi.requests import HTTPConnection
from fastapi.responses import FileResponse

from app.kit.body_limit import refuse_too_large_body
from app.kit.request import Header, Shared, TemporalResponse, shared

_OF_A_BODY = {b"content-encoding", b"content-length", b"content-range", b"content-type"}
_OF_A_BODY |= {b"etag", b"last-modified", b"transfer-encoding"}


async def keep_temporal_response(connection: HTTPConnection, response: Response) -> None:
    """Note the temporal response: as a dependency of the app, since nothing else leads there.

    It is the first of all, so nothing has happened yet when it refuses a body that is too large.
    """
    refuse_too_large_body(connection)
    response.__class__ = TemporalResponse  # FastAPI makes it, and asks nobody of which class
    assert isinstance(response, TemporalResponse)
    shared(connection.scope).temporal_responses.append(response)


def deliver_temporal_response(state: Shared, status: int, sent: list[Header]) -> list[Header]:
    """Send the temporal response's cookies and headers with whatever response is sent.

    In place of FastAPI's copy, where there is one. Else not a header that the response has already
    or that describes another body, and with an error cookies and Vary only. Vary adds up.
    """
    temporal = [header for kept in state.temporal_responses for header in kept.raw_headers]
    seen = {number for kept in state.temporal_responses for number in kept.seen}
    seen |= {id(header) for header in temporal}
    own = [header for header in sent if id(header) not in seen]
    copied = {id(header) for header in sent} & seen
    if status in (400, 416):
        # So FileResponse answers a Range that it cannot serve: with a response without its cookies.
        own += [said for response, said in state.said if isinstance(response, FileResponse)]
    taken = {name for name, _ in own}

    def arrives(header: Header) -> bool:
        if sets_cookie(header):
            return False
        if header[0] == b"vary":
            return header not in own
        for_this = copied or not (status >= 400 or header[0] in _OF_A_BODY)
        return id(header) in copied or bool(for_this and header[0] not in taken)

    state.delivered = [header for header in own if not sets_cookie(header)]
    state.delivered += filter(arrives, temporal)
    state.delivered += _in_order(
        [*filter(sets_cookie, temporal)], [*filter(sets_cookie, own)], state
    )
    return state.delivered


def _in_order(temporal: Sequence[Header], own: Sequence[Header], state: Shared) -> list[Header]:
    """Return the cookies in the order in which they were said, on two responses.

    `Cookie` notes when. Of one that was set without it nobody knows: on the temporal response it
    counts as set as early as it can have been, before the path operation; on the other as late.
    """
    when = {id(header): number for number, (_, header) in enumerate(state.said)}
    early = accumulate((when.get(id(header), -1) for header in temporal), max)
    late = [*accumulate((when.get(id(header), inf) for header in reversed(own)), min)]
    said = [*zip(early, temporal, strict=True), *zip(reversed(late), own, strict=True)]
    return [header for _, header in sorted(said, key=itemgetter(0))]


def last_of_each_cookie(_: Shared, __: int, headers: list[Header]) -> list[Header]:
    """Send the last of several cookies that a browser takes for one (RFC 10025, section 4.1.1)."""
    cookies = {identity(header): header for header in headers if sets_cookie(header)}
    return [*(header for header in headers if not sets_cookie(header)), *cookies.values()]


def sets_cookie(header: Header) -> bool:
    """Return whether this header is Set-Cookie."""
    return header[0].lower() == b"set-cookie"


def identity(set_cookie: Header) -> tuple[bytes, bytes, bytes, bool]:
    """Return what a browser tells cookies apart by: name, domain, path and partition."""
    pair, *attributes = (part.partition(b"=") for part in set_cookie[1].split(b";"))
    found = {name.strip().lower(): value.strip() for name, _, value in attributes}
    domain = found.get(b"domain", b"").lower().removeprefix(b".")
    return pair[0].strip(), domain, found.get(b"path", b""), b"partitioned" in found
