"""An unknown path is answered with a page for people, and with JSON for clients.

FastAPI answers everybody with the front end's `404.html`, if there is one. The URLs in
it are relative, as in every page that works behind a path prefix; but this page is
shown for paths of any depth.
"""

import re

from anyio import Path
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGES = {"text/html", "application/xhtml+xml"}
_NEVER = re.compile(r"q=0(\.0*)?$")
# Headers that describe the file 404.html, and not the answer that is made of it.
_OF_THE_FILE = {
    b"accept-ranges",
    b"content-length",
    b"content-type",
    b"etag",
    b"last-modified",
}


def with_not_found(app: ASGIApp) -> ASGIApp:
    """Send the front end's `404.html` to those who ask for a page, JSON to others.

    The relative URLs in the page are changed to fit the path.
    """

    async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
        outer_endpoint = scope.get("endpoint")  # the mount that holds this app, if any
        started: Message | None = None  # the start of a 404.html, which is held back
        page = b""

        async def answer(message: Message) -> None:
            nonlocal started, page
            if message["type"] == "http.response.start" and message["status"] == 404:
                # A path operation and a mount set their own; their 404 is left alone.
                is_unknown = scope.get("endpoint") is outer_endpoint
                if is_unknown and _is_html(message):
                    started = message
                    return
            if started is None:
                await send(message)
                return
            page += message.get("body", b"")
            if message["type"] == "http.response.pathsend":
                # Some servers take the path of a file instead of its content.
                page = await Path(message["path"]).read_bytes()
            if not message.get("more_body"):
                response = _answer_to(scope, page)
                response.raw_headers += [
                    header
                    for header in started["headers"]
                    if header[0] not in _OF_THE_FILE
                ]
                response.headers.add_vary_header("Accept")
                await response(scope, receive, send)

        await app(scope, receive, answer)

    return not_found


def _is_html(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return kind.startswith("text/html")


def _answer_to(scope: Scope, page: bytes) -> Response:
    if not asks_for_a_page(Headers(scope=scope).get("accept", "")):
        return JSONResponse({"detail": "Not Found"}, status_code=404)
    fitting = page.replace(b'="./', b'="' + _to_the_root(scope))
    response = HTMLResponse(fitting, status_code=404)
    if scope["method"] == "HEAD":  # There is no body, so its length is unknown.
        del response.headers["content-length"]
    return response


def asks_for_a_page(accept: str) -> bool:
    """Return whether a browser that opens a page sends this; scripts send others."""
    for each in accept.split(","):
        kind, _, quality = each.replace(" ", "").lower().partition(";")
        if kind in _PAGES and not _NEVER.search(quality):
            return True
    return False


def _to_the_root(scope: Scope) -> bytes:
    """Return the relative URL of the app's root: "./", "../", "../../"."""
    # The path as browsers see it: %2F is no slash.
    path = scope.get("raw_path") or scope["path"].encode()
    prefix = scope.get("root_path", "").rstrip("/").encode()
    if path.startswith(prefix + b"/"):
        path = path.removeprefix(prefix)
    return b"../" * (path.count(b"/") - 1) or b"./"
