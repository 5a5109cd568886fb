"""A path that is not there: a page for people, JSON for clients.

FastAPI answers it with `404.html` of the front end, where there is one, whoever asks. Its URLs are
relative, as in every page that works behind a path prefix; but this one stands at any depth.
"""

import re

from anyio import Path
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGES = {"text/html", "application/xhtml+xml"}
_NEVER = re.compile(r"q=0(\.0*)?$")
_OF_THE_FILE = {b"accept-ranges", b"content-length", b"content-type", b"etag", b"last-modified"}


def with_not_found(app: ASGIApp) -> ASGIApp:
    """Give the front end's `404.html` to who asks for a page, fit for its place; to others JSON."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        around = scope.get("endpoint")  # what mounted this app
        started: Message | None = None  # a 404.html
        page = b""

        async def answer(message: Message) -> None:
            nonlocal started, page
            if message["type"] == "http.response.start" and message["status"] == 404:
                # No path operation answered, nor anything that is mounted, which has its own way.
                is_html = Headers(raw=message["headers"]).get("content-type", "")[:9] == "text/html"
                started = message if is_html and scope.get("endpoint") is around else None
                if started:
                    return
            if not started:
                await send(message)
                return
            page += message.get("body", b"")
            if message["type"] == "http.response.pathsend":  # in place of the body, on some servers
                page = await Path(message["path"]).read_bytes()
            if not message.get("more_body"):
                response = _not_found(scope, page)
                headers = (it for it in started["headers"] if it[0] not in _OF_THE_FILE)
                response.raw_headers += headers
                response.headers.add_vary_header("Accept")
                await response(scope, receive, send)

        await app(scope, receive, answer)

    return layer


def _not_found(scope: Scope, page: bytes) -> Response:
    if not asks_for_a_page(Headers(scope=scope).get("accept", "")):
        return JSONResponse({"detail": "Not Found"}, status_code=404)
    response = HTMLResponse(page.replace(b'="./', b'="' + _to_the_root(scope)), status_code=404)
    if scope["method"] == "HEAD":  # which has no page whose length could be told
        del response.headers["content-length"]
    return response


def asks_for_a_page(accept: str) -> bool:
    """Return whether a browser that goes to a page sends this Accept; scripts send other ones."""
    kinds = (each.replace(" ", "").lower().partition(";") for each in accept.split(","))
    return any(kind in _PAGES and not _NEVER.search(quality) for kind, _, quality in kinds)


def _to_the_root(scope: Scope) -> bytes:
    """Return how relative URLs lead from this path to the app's root: "./", "../", "../../"."""
    path = scope.get("raw_path") or scope["path"].encode()  # As browsers see it: %2F is no slash.
    prefix = scope.get("root_path", "").rstrip("/").encode()
    if path.startswith(prefix + b"/"):
        path = path.removeprefix(prefix)
    return b"../" * (path.count(b"/") - 1) or b"./"
