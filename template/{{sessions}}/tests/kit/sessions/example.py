"""The app that the tests of sessions run. Its users have integers for ids."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any

from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Request,
    Response,
)
from fastapi.testclient import TestClient
from pydantic import BaseModel, SecretStr

from app.kit import DECLARED, Cookie, KitSettings, protect, sessions
from tests.kit.browser import Browser

PASSWORD = "correct horse battery staple"  # noqa: S105 - for the people below
# Of that password, with parameters that take no time.
HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$TGmhXQBx6zwnntoV9TqbcQ"
    "$dC2CNJslJQQi7IBXDclNjsA61XmwnK4xDCd8FuybxWk"
)
CREDENTIALS = {"name": "ada", "password": PASSWORD}


class Settings(sessions.SessionSettings, KitSettings):
    pass


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    hashed: str

    @property
    def auth_hash(self) -> str:
        return sha256(self.hashed.encode()).hexdigest()


@dataclass
class People(sessions.Users[Person]):
    rows: list[Person] = field(
        default_factory=lambda: [Person(1, "ada", HASH), Person(2, "grace", HASH)]
    )

    async def find(self, user_id: str) -> Person | None:
        return next((row for row in self.rows if row.id == int(user_id)), None)

    async def authenticate(self, name: str, password: str) -> Person | None:
        key = self.attempt_key(name)
        row = next((row for row in self.rows if row.name == key), None)
        matches = await sessions.verify(row.hashed if row else None, password)
        return row if matches else None


class Basket(BaseModel):
    items: int = 0


class Clock:
    """The time as sessions see it. It stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = int(time.time())

    def __call__(self) -> float:
        return self.time


SESSION = Cookie("__Host-Http-tested", str, purpose="Keeps you signed in.")
# Declared for these tests, not for the app whose project this is.
del DECLARED[SESSION.name, SESSION.place]

needs: sessions.SessionDependencies[Person, Basket] = sessions.SessionDependencies(
    SESSION
)
Optional = Annotated[sessions.Session[Person, Basket] | None, Depends(needs.optional)]
Stored = Annotated[sessions.Record | None, Depends(needs.stored)]
Current = Annotated[sessions.Session[Person, Basket], Depends(needs.required)]
Fresh = Annotated[sessions.Session[Person, Basket], Depends(needs.fresh)]
All = Annotated[sessions.Sessions[Person, Basket], Depends(needs.all)]
Attempts = Annotated[sessions.Attempts[Person], Depends(needs.attempts)]

router = APIRouter()


class Credentials(BaseModel):
    name: str = ""
    password: SecretStr


@router.get("/session")
async def read(session: Current) -> str:
    return session.user.name


@router.post("/session", status_code=201)
async def start(
    credentials: Credentials,
    request: Request,
    response: Response,
    attempts: Attempts,
    everybody: All,
    stored: Stored,
    user_agent: Annotated[str, Header()] = "",
) -> str:
    password = credentials.password.get_secret_value()
    user = await attempts.authenticate(credentials.name, password, request)
    token, session = await everybody.start(user, user_agent, replaces=stored)
    SESSION.set(response, token)
    return session.user.name


@router.post("/confirm")
async def confirm(
    credentials: Credentials,
    response: Response,
    attempts: Attempts,
    everybody: All,
    old: Current,
) -> tuple[int, int]:
    password = credentials.password.get_secret_value()
    await attempts.reauthenticate(old.id, old.user, old.user.name, password)
    token, new = await everybody.renew(old)
    SESSION.set(response, token)
    return new.created_at, new.confirmed_at


@router.delete("/session", status_code=204)
async def stop(response: Response, everybody: All, stored: Stored) -> None:
    if stored is not None:
        await everybody.stop(stored)
    SESSION.delete(response)
    response.headers["Clear-Site-Data"] = sessions.CLEAR_SITE_DATA


@router.get("/sessions")
async def listing(session: Current, everybody: All) -> list[dict[str, Any]]:
    names = ("id", "created_at", "seen_at", "browser")
    found = await everybody.of_user(session.user.id)
    return [{name: getattr(each.record, name) for name in names} for each in found]


@router.delete("/sessions/{session_id}")
async def end(session_id: str, session: Fresh, everybody: All) -> None:
    if not await everybody.end(session_id, session.user.id):
        raise HTTPException(404)


@router.delete("/sessions")
async def end_others(session: Fresh, everybody: All) -> int:
    return await everybody.end_all(session.user.id, except_for=session)


@router.get("/basket")
async def count(session: Current) -> int:
    return session.data.items


@router.post("/basket")
async def put_in(session: Current) -> int:
    changed = await session.update(
        lambda data: data.model_copy(update={"items": data.items + 1})
    )
    return changed.data.items


@router.get("/check")
async def check(everybody: All) -> None:
    await everybody.check()


def create_app(
    settings: Settings, people: People, clock: Clock, data: Any = Basket
) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with app.state.sessions:
            yield

    app = FastAPI(lifespan=lifespan)
    protect(app, settings)
    store = sessions.open_store(settings.session_store)
    app.state.sessions = sessions.Sessions(store, people, data, settings)
    app.state.sessions.clock = clock
    app.include_router(router)
    return app


def sign_in(browser: Browser, name: str = "ada") -> Browser:
    """Return another browser, in which somebody has signed in."""
    other = browser.another()
    assert other.post("/session", json=CREDENTIALS | {"name": name}).status_code == 201
    return other


def token_of(browser: Browser) -> str:
    token = browser.value(SESSION.name)
    assert token is not None
    return token


def with_token(browser: TestClient, token: str, path: str = "/session") -> int:
    """Return what a client of one's own making is answered."""
    other = TestClient(browser.app, base_url="https://app.example")
    if isinstance(browser, Browser):
        other.portal = browser.portal
    return other.get(path, headers={"Cookie": f"{SESSION.name}={token}"}).status_code
