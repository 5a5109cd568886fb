"""What is set on the temporal response reaches the client, however the request ends.

FastAPI sends what is set on a parameter `response: Response` only when the path operation returns
an object: not a Response itself, nor after HTTPException or failed validation. Here it arrives.
After an unhandled error nothing does: nothing happened.
"""

from fastapi import Response
from fastapi.requests import HTTPConnection

from app.kit.request import Header, Shared, shared

_OF_A_BODY = {b"content-encoding", b"content-length", b"content-range", b"content-type"}
_OF_A_BODY |= {b"etag", b"last-modified", b"transfer-encoding"}


async def keep_temporal_response(connection: HTTPConnection, response: Response) -> None:
    """Note the temporal response: as a dependency of the app, since nothing else leads there."""
    shared(connection.scope).temporal_responses.append(response)


def deliver_temporal_response(state: Shared, status: int, sent: list[Header]) -> list[Header]:
    """Send the temporal response's cookies and headers with whatever response is sent.

    Not a header that the response has already or that describes another body; Vary adds up. With
    an error come cookies and Vary only.
    """
    temporal = [header for kept in state.temporal_responses for header in kept.raw_headers]
    taken = {name for name, _ in sent} | _OF_A_BODY

    def arrives(header: Header) -> bool:
        # FastAPI has copied Vary already where an object was returned.
        if header[0] == b"vary":
            return header not in sent
        return not (status >= 400 or _sets_cookie(header) or header[0] in taken)

    # Cookies before those of the response: of two for one cookie the last counts.
    return [*filter(_sets_cookie, temporal), *sent, *filter(arrives, temporal)]


def last_of_each_cookie(_: Shared, __: int, headers: list[Header]) -> list[Header]:
    """Send the last of several cookies that a browser takes for one (RFC 10025, section 4.1.1)."""
    cookies = {_identity(header): header for header in headers if _sets_cookie(header)}
    return [*(header for header in headers if not _sets_cookie(header)), *cookies.values()]


def _sets_cookie(header: Header) -> bool:
    return header[0].lower() == b"set-cookie"


def _identity(set_cookie: Header) -> tuple[object, ...]:
    """Return what a browser tells cookies apart by: name, domain, path and partition."""
    pair, *attributes = (part.partition(b"=") for part in set_cookie[1].split(b";"))
    found = {name.strip().lower(): value.strip() for name, _, value in attributes}
    domain = found.get(b"domain", b"").lower().removeprefix(b".")
    return pair[0].strip(), domain, found.get(b"path", b""), b"partitioned" in found
