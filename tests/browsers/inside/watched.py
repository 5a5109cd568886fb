"""The app of a rendered project, and under /private what a test needs to see and to move."""

import os
import time
from typing import Annotated, Any

from app.kit import DECLARED, Cookie
from app.main import create_app
from app.settings import load_settings
from fastapi import APIRouter, Depends, Request, Response, WebSocket
from fastapi.responses import HTMLResponse

OURS = [*DECLARED.values()]
"""The cookies of the app itself."""
PREFIXED = Cookie("__Host-tested", str, purpose="Tested here.")
DECLARED.popitem()  # or the page would list it

started = int(time.time())
ahead = 0.0
seen: list[dict[str, Any]] = []

router = APIRouter(prefix="/private", include_in_schema=False)


@router.get("/page")
async def page() -> HTMLResponse:
    return HTMLResponse("<!doctype html><title>Of the app's origin</title>")


@router.get("/button")
async def button() -> HTMLResponse:
    """Return a page on which a click anywhere signs out."""
    return HTMLResponse(
        "<!doctype html><link rel=stylesheet href=button.css><button>Sign out</button>"
        "<script src=button.js></script>"
    )


@router.get("/button.css")
async def button_css() -> Response:
    return Response("button { position: fixed; inset: 0; width: 100% }", media_type="text/css")


@router.get("/button.js")
async def button_js() -> Response:
    script = """document.querySelector("button").onclick = async () => {
      await fetch("/session", {method: "DELETE"});
      document.querySelector("button").textContent = "Signed out";
    };"""
    return Response(script, media_type="text/javascript")


@router.get("/declared")
async def declared() -> list[dict[str, Any]]:
    fields = ("name", "max_age", "path", "domain", "secure", "httponly", "samesite", "partitioned")
    return [{field: getattr(each, field) for field in fields} for each in OURS]


@router.get("/seen")
async def what_was_seen() -> list[dict[str, Any]]:
    return seen


@router.post("/advance")
async def advance(seconds: float) -> float:
    global ahead
    ahead += seconds
    return ahead


@router.post("/away")
async def let_the_store_be_away(*, away: bool) -> bool:
    inner.state.sessions.store = inner.state.sessions.attempts._store = Away() if away else store
    return away


@router.put("/prefixed")
async def set_prefixed(response: Response) -> None:
    PREFIXED.set(response, "ours")


@router.get("/prefixed")
async def read_prefixed(found: Annotated[str | None, Depends(PREFIXED.read)]) -> str | None:
    return found


@router.get("/starlettes")
async def read_as_starlette_does(request: Request) -> dict[str, str]:
    """Return what `read` does not use, to show that an attack would have worked on it."""
    return request.cookies


@router.websocket("/socket")
async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.headers.get("cookie", ""))


class Away:
    """A store that does not answer."""

    def __getattr__(self, _: str) -> Any:
        from app.kit.sessions import StoreUnavailableError

        raise StoreUnavailableError("a test")


inner = create_app(load_settings())
inner.include_router(router)
store = inner.state.sessions.store if hasattr(inner.state, "sessions") else None
if hasattr(inner.state, "sessions"):
    # It stands still until a test moves it.
    inner.state.sessions.clock = lambda: started + ahead


def without_csp(send: Any) -> Any:
    async def without(message: Any) -> None:
        headers = message.get("headers", [])
        message["headers"] = [each for each in headers if each[0] != b"content-security-policy"]
        await send(message)

    return without


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Note each request to the app itself, and what it was answered."""
    path = scope.get("path", "/private")
    # Chromium asks for the icon of a page when it likes.
    if path == "/favicon.ico" or path.startswith("/private") and scope["type"] != "websocket":
        await inner(scope, receive, without_csp(send) if "WITHOUT_CSP" in os.environ else send)
        return
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    noted = {
        "method": scope.get("method", "WebSocket"),
        "path": path,
        "query": scope.get("query_string", b"").decode("latin-1"),
        "cookie": headers.get("cookie", ""),
        "origin": headers.get("origin", ""),
        "site": headers.get("sec-fetch-site", ""),
        "to": headers.get("sec-fetch-dest", ""),
        "status": 0,
        "set-cookie": [],
    }
    seen.append(noted)

    async def note(message: Any) -> None:
        if "status" in message:
            noted["status"] = message["status"]
            noted["set-cookie"] = [
                value.decode("latin-1")
                for name, value in message["headers"]
                if name == b"set-cookie"
            ]
        await send(message)

    await inner(scope, receive, note)
