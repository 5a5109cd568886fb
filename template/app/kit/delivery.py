"""What is set on the temporal response reaches the client, however the request ends.

FastAPI sends what is set on a parameter `response: Response` only when the path operation returns
an object, and drops it when that returns a Response itself, raises HTTPException, or when
validation fails. Here it arrives. After an unhandled error nothing does: nothing happened.
"""

from fastapi import Response
from fastapi.requests import HTTPConnection

from app.kit.request import Header, Shared, shared

_OF_A_BODY = set(
    b"content-encoding content-length content-range content-type etag last-modified "
    b"transfer-encoding".split()
)


async def keep_temporal_response(connection: HTTPConnection, response: Response) -> None:
    """Note the temporal response, which all dependencies of a request and its path operation share.

    A dependency of the whole app, because nothing else in FastAPI leads there.
    """
    shared(connection.scope).temporal_responses.append(response)


def deliver_temporal_response(state: Shared, status: int, sent: list[Header]) -> list[Header]:
    """Send the temporal response's cookies and headers with whatever response is sent.

    Of other headers than cookies, those arrive that the response has not got already and that do
    not describe its body; Vary adds up. With an error comes Vary only.
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


def _identity(set_cookie: Header) -> tuple[bytes, ...]:
    """Return what a browser tells cookies apart by: name, domain, path and partition."""
    pair, *attributes = (part.strip() for part in set_cookie[1].split(b";"))
    found = dict.fromkeys((b"domain", b"path", b"partitioned"), b"")
    for attribute in attributes:
        name, _, value = attribute.partition(b"=")
        if (name := name.strip().lower()) in found:
            found[name] = b"yes" if name == b"partitioned" else value.strip()
    domain = found[b"domain"].lower().removeprefix(b".")
    return pair.partition(b"=")[0].strip(), domain, found[b"path"], found[b"partitioned"]
