"""The apps and the store that `sessions.py` measures, each in a process of its own.

Started with the name of one, it reads from its standard input how often to call it, and answers
with the seconds that this took. What does not answer as it should ends the process.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel

Call = Callable[[], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

USER, PASSWORD, KEYS = "ada", "correct horse battery staple", 1_000
STORED = {"user": USER, "created_at": 1_760_000_000, "confirmed_at": 1_760_000_000}
HEADERS: Headers = [
    (b"host", b"app.example"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"),
    (b"accept", b"*/*"),
    (b"accept-language", b"en-US,en;q=0.5"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"content-type", b"application/json"),
    (b"sec-fetch-dest", b"empty"),
    (b"sec-fetch-mode", b"cors"),
    (b"sec-fetch-site", b"same-origin"),
]


class SignedIn(BaseModel):
    """What every app answers."""

    user: str
    created_at: datetime
    confirmed_at: datetime


def template() -> Any:
    """Return the rendered project's app, which stands in the current folder."""
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    os.environ["USERS"] = f'{{"{USER}": "{cheap}"}}'
    sys.path.insert(0, "")
    from app.main import app

    return app


def bare() -> Any:
    """Return FastAPI without any session; whoever signs in gets a cookie of the same size."""
    from fastapi import Response

    async def sign_in(response: Response) -> None:
        response.set_cookie("__Host-Http-session", "x" * 43)

    async def read() -> SignedIn:
        return SignedIn.model_validate(STORED)

    return _fastapi(sign_in, read)


def starlette() -> Any:
    """Return FastAPI with the session that Starlette keeps signed in the cookie."""
    from starlette.middleware.sessions import SessionMiddleware

    app = _fastapi(*_on_request())
    app.add_middleware(SessionMiddleware, secret_key="x" * 43, https_only=True)
    return app


def starsessions() -> Any:
    """Return FastAPI with starsessions, in memory."""
    from starsessions import InMemoryStore, SessionAutoloadMiddleware, SessionMiddleware

    app = _fastapi(*_on_request())
    app.add_middleware(SessionAutoloadMiddleware)
    app.add_middleware(SessionMiddleware, store=InMemoryStore(), lifetime=3600)
    return app


def litestar() -> Any:
    """Return Litestar with its sessions, in memory."""
    from litestar import Litestar, Request, get, post
    from litestar.middleware.session.server_side import ServerSideSessionConfig

    async def sign_in(request: Request) -> None:
        request.set_session(dict(STORED))

    async def read(request: Request) -> SignedIn:
        return SignedIn.model_validate(request.session)

    routes = [get("/session")(read), post("/session")(sign_in)]
    return Litestar(routes, middleware=[ServerSideSessionConfig().middleware])


def _on_request() -> tuple[Callable[..., Any], Callable[..., Any]]:
    from fastapi import Request

    async def sign_in(request: Request) -> None:
        request.session.update(STORED)

    async def read(request: Request) -> SignedIn:
        return SignedIn.model_validate(request.session)

    return sign_in, read


def _fastapi(sign_in: Callable[..., Any], read: Callable[..., Any]) -> Any:
    from fastapi import FastAPI

    app = FastAPI()
    app.get("/session")(read)  # the first of the two, as in the template
    app.post("/session")(sign_in)
    return app


async def reader_of(app: Any) -> Call:
    """Sign in; return what reads the session."""
    body = f'{{"username": "{USER}", "password": "{PASSWORD}"}}'.encode()
    status, headers, _ = await _request(app, "POST", HEADERS, body)
    cookies = [value.partition(b";")[0] for name, value in headers if name == b"set-cookie"]
    assert status < 300 and cookies, status
    sent = [*HEADERS, (b"cookie", b"; ".join(cookies))]

    async def read() -> None:
        status, _, body = await _request(app, "GET", sent)
        if status != 200 or b'"user":"ada"' not in body:
            sys.exit(f"{status}: {body!r}")

    return read


async def _request(
    app: Any, method: str, headers: Headers, body: bytes = b""
) -> tuple[int, Headers, bytes]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": "/session",
        "raw_path": b"/session",
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 50_000),
        "server": ("app.example", 443),
        "state": {},
    }
    await app(scope, receive, send)
    return sent[0]["status"], sent[0]["headers"], b"".join(each["body"] for each in sent[1:])


def session_id(number: int, rows: int) -> str:
    """Return one of `rows` ids: as evenly spread as the hashes of tokens are, but in order."""
    return f"{number * 2**64 // rows:016x}{sha256(b'%d' % number).hexdigest()[:48]}"


async def reader_from(path: str, rows: int) -> Call:
    """Return what reads random sessions from the rendered project's store in the file `path`."""
    sys.path.insert(0, "")
    from app.sessions.sqlite import SQLiteStore

    store = SQLiteStore(path)
    numbers = random.Random(0).sample(range(rows), KEYS)
    keys = [session_id(number, rows) for number in numbers]
    waiting: list[str] = []

    async def read() -> None:
        waiting[:] = waiting or keys
        key = waiting.pop()
        record = await store.read(key)
        if record is None or record.id != key:
            sys.exit(f"No session {key}")

    return read


async def serve(name: str, *arguments: str) -> None:
    """Call what `name` names as often as each line of the standard input says."""
    if name == "store":
        call = await reader_from(arguments[0], int(arguments[1]))
    else:
        call = await reader_of(globals()[name]())
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            await call()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
