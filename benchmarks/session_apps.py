"""The apps and the store that `sessions.py` measures, each in a process of its own.

Not for you to run: `sessions.py` starts it with the name of one. It reads from its standard input
how often to call that, and prints the seconds that this took; behind `fork`, a copy of the process
ends there, for valgrind to count. What does not answer as it should ends the process. Every app is
built as its own documentation builds one.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, FastAPI, HTTPException, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse
from pydantic import BaseModel

Call = Callable[[], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

# The methods in each router that stands before that of the session.
OTHERS = (("POST",), ("GET",), ("GET", "PUT", "DELETE"), ("GET",))
USER, PASSWORD, TOKEN, KEYS = "ada", "correct horse battery staple", "x" * 43, 1_000
# Of that password, with parameters that take no time.
HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$TGmhXQBx6zwnntoV9TqbcQ$dC2CNJslJQQi7IBXDclNjsA61XmwnK4xDCd8FuybxWk"
)
STORED: dict[str, Any] = {"user": USER, "created_at": 1_760_000_000, "confirmed_at": 1_760_000_000}
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


async def start(response: Response) -> None:
    """Set a cookie as long as the template's session cookie."""
    response.set_cookie("visitor", TOKEN)


async def answer() -> SignedIn:
    return SignedIn(**STORED)


def bare() -> Any:
    """Return FastAPI without anything else."""
    return _fastapi(answer)


def bare_on_the_app() -> Any:
    """Return the same without a router."""
    app = FastAPI()
    app.get("/session")(answer)
    app.post("/session")(start)
    return app


def bare_behind_others() -> Any:
    """Return the same behind the routers that the template's session has before it."""
    return _fastapi(answer, _with_other_routers())


def bare_depends() -> Any:
    """Return the same with a dependency that has another one, as the template's session has."""
    return _fastapi(_depending())


def bare_alike() -> Any:
    """Return the same with both: what the template's routes cost without what they do."""
    return _fastapi(_depending(), _with_other_routers())


def bare_reads() -> Any:
    async def read(visitor: Annotated[str, Cookie()]) -> SignedIn:
        return _answer_to(visitor)

    return _fastapi(read)


def bare_sets() -> Any:
    async def set_one(response: Response) -> SignedIn:
        response.set_cookie("visitor", TOKEN, secure=True, httponly=True)
        return SignedIn(**STORED)

    return _fastapi(set_one)


def bare_sets_direct() -> Any:
    async def set_one() -> JSONResponse:
        response = JSONResponse(content=jsonable_encoder(SignedIn(**STORED)))
        response.set_cookie("visitor", TOKEN, secure=True, httponly=True)
        return response

    return _fastapi(set_one, response_model=SignedIn)


def protected() -> Any:
    """Return FastAPI with `protect` alone, of the project in the current folder."""
    return _fastapi(answer, _protected())


def protected_reads() -> Any:
    app, cookie = _protected(), _declared()

    async def read(visitor: Annotated[str | None, Depends(cookie.read)]) -> SignedIn:
        return _answer_to(visitor)

    return _fastapi(read, app)


def protected_sets() -> Any:
    app, cookie = _protected(), _declared()

    async def set_one(response: Response) -> SignedIn:
        cookie.set(response, TOKEN)
        return SignedIn(**STORED)

    return _fastapi(set_one, app)


def protected_sets_direct() -> Any:
    app, cookie = _protected(), _declared()
    from app.kit import filtered

    async def set_one() -> JSONResponse:
        response = JSONResponse(content=filtered(SignedIn, STORED))
        cookie.set(response, TOKEN)
        return response

    return _fastapi(set_one, app, response_model=SignedIn)


def template() -> Any:
    """Return the app of the project in the current folder."""
    sys.path.insert(0, "")
    from app.main import create_app
    from app.settings import Settings

    return create_app(Settings(users={USER: HASH}))


def template_alone() -> Any:
    """Return an app with its session's routes and no others."""
    app = _protected()
    from app.kit.sessions import add_sessions
    from app.routes import session
    from app.settings import Settings
    from app.sign_in import open_sessions

    add_sessions(app, open_sessions(Settings(users={USER: HASH})))
    app.include_router(session.router)
    return app


def starlette() -> Any:
    """Return FastAPI with the session that Starlette keeps signed in the cookie."""
    from starlette.middleware.sessions import SessionMiddleware

    async def sign_in(request: Request) -> None:
        request.session.update(STORED)

    async def read(request: Request) -> SignedIn:
        return SignedIn(**request.session)

    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key=TOKEN, https_only=True)
    return _fastapi(read, app, sign_in)


def starsessions(app: Any = None, *, depends: bool = False) -> Any:
    """Return FastAPI with starsessions, in memory."""
    from starsessions import InMemoryStore, SessionMiddleware, load_session

    async def sign_in(request: Request) -> None:
        await load_session(request)
        request.session.update(STORED)

    async def read(request: Request) -> SignedIn:
        await load_session(request)
        return SignedIn(**request.session)

    async def optional(request: Request) -> dict[str, Any] | None:
        await load_session(request)
        return request.session or None

    async def required(found: Annotated[dict[str, Any] | None, Depends(optional)]) -> Any:
        if found is None:
            raise HTTPException(401)
        return found

    async def read_in_a_dependency(found: Annotated[Any, Depends(required)]) -> SignedIn:
        return SignedIn(**found)

    app = app or FastAPI()
    app.add_middleware(SessionMiddleware, store=InMemoryStore(), lifetime=3600)
    return _fastapi(read_in_a_dependency if depends else read, app, sign_in)


def starsessions_depends() -> Any:
    """Return the same with the session from a dependency, which another one requires."""
    return starsessions(depends=True)


def starsessions_with_duties() -> Any:
    """Return that with security headers, CSRF protection and a limit of bodies."""
    from secure import Secure
    from secure.middleware import SecureASGIMiddleware
    from starlette_csrf import CSRFMiddleware

    app = FastAPI(max_body_size=2**20)
    app.add_middleware(CSRFMiddleware, secret=TOKEN, sensitive_cookies={"session"})
    app.add_middleware(SecureASGIMiddleware, secure=Secure.with_default_headers())
    return starsessions(app, depends=True)


def litestar() -> Any:
    """Return Litestar with its sessions, in memory."""
    from litestar import Litestar, get, post
    from litestar import Request as LitestarRequest
    from litestar.middleware.session.server_side import ServerSideSessionConfig

    async def sign_in(request: LitestarRequest) -> None:
        request.set_session(dict(STORED))

    async def read(request: LitestarRequest) -> SignedIn:
        return SignedIn(**request.session)

    routes = [get("/session")(read), post("/session")(sign_in)]
    return Litestar(routes, middleware=[ServerSideSessionConfig().middleware])


def _fastapi(
    read: Callable[..., Any],
    app: Any = None,
    sign_in: Callable[..., Any] = start,
    **options: Any,
) -> Any:
    app, router = app or FastAPI(), APIRouter()
    router.get("/session", **options)(read)
    router.post("/session")(sign_in)
    app.include_router(router)
    return app


def _depending() -> Callable[..., Any]:
    """Return a path operation whose dependency has another one."""

    async def optional(connection: HTTPConnection) -> object:
        return connection

    async def required(found: Annotated[object, Depends(optional)]) -> object:
        return found

    async def read(found: Annotated[object, Depends(required)]) -> SignedIn:
        return SignedIn(**STORED)

    return read


def _with_other_routers() -> FastAPI:
    """Return an app with as many routers and routes as the template has before its session."""
    app = FastAPI()
    for number, methods in enumerate(OTHERS):
        router = APIRouter(prefix=f"/other{number}")
        for method in methods:
            router.add_api_route("", answer, methods=[method])
        app.include_router(router)
    return app


def _protected() -> Any:
    sys.path.insert(0, "")
    from app.kit import KitSettings, protect

    app = FastAPI()
    protect(app, KitSettings())
    return app


def _declared() -> Any:
    from app.kit import Cookie as Declared

    return Declared("visitor", str, purpose="Measures.")


def _answer_to(visitor: str | None) -> SignedIn:
    if visitor != TOKEN:
        sys.exit(f"The cookie is {visitor!r}")
    return SignedIn(**STORED)


async def reader_of(app: Any, *, sets: bool) -> Call:
    """Sign in; return what reads the session, and fails where that `sets` no cookie."""
    body = f'{{"username": "{USER}", "password": "{PASSWORD}"}}'.encode()
    status = 503  # as long as the store is too slow, as it can be under valgrind
    while status == 503:
        status, headers, _ = await _request(app, "POST", HEADERS, body)
    cookies = [value.partition(b";")[0] for name, value in headers if name == b"set-cookie"]
    assert status < 300 and cookies, status
    sent = [*HEADERS, (b"cookie", b"; ".join(cookies))]

    async def read() -> None:
        status, headers, body = await _request(app, "GET", sent)
        if status != 200 or b'"user":"ada"' not in body:
            sys.exit(f"{status}: {body!r}")
        if sets and all(name != b"set-cookie" for name, _ in headers):
            sys.exit("No cookie was set")

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
    from app.kit.sessions.sqlite import SQLiteStore

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
        call = await reader_of(globals()[name](), sets="_sets" in name)
    for line in sys.stdin:
        calls, *then = line.split()
        began = time.perf_counter()
        for _ in range(int(calls)):
            await call()
        print(time.perf_counter() - began, flush=True)
        if then == ["fork"] and os.fork() == 0:
            os._exit(0)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
