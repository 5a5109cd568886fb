"""The app, with paths that tell what reaches it."""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator

from fastapi import Request, Response, WebSocket
from fastapi.sse import EventSourceResponse

from app.kit import Cookie
from app.main import app as app

LARGEST = Cookie("large", str, purpose="Tested here.")


@app.get("/probed/request")
@app.post("/probed/request")
async def tell(request: Request) -> dict[str, object]:
    return {
        "address": request.client and request.client.host,
        "origin": f"{request.url.scheme}://{request.headers['host']}",
        "path": request.scope["path"],
        "cookies": len(request.headers.get("cookie", "")),
        "repeated": request.headers.get("x-repeated"),
    }


@app.get("/probed/memory")
async def tell_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes, and kilobytes elsewhere


@app.get("/probed/large")
async def set_largest(response: Response) -> None:
    LARGEST.set(response, "a" * (4096 - len(LARGEST.name)))


@app.websocket("/probed/socket")
async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(f"{text} from {websocket.client and websocket.client.host}")


@app.get("/probed/stream", response_class=EventSourceResponse)
async def stream() -> AsyncIterator[str]:
    while True:
        yield "still here"
        await asyncio.sleep(0.5)
