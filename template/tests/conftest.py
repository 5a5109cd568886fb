import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.declaration import DECLARED
from app.main import create_app
from app.sessions import Sessions
from app.sessions.sqlite import SQLiteStore
from app.settings import Settings
from tests.browser import Browser
from tests.servers import PostgreSQL, Server, SQLite, Valkey

PASSWORD = "correct horse battery staple"  # noqa: S105 - for the users below
# Of that password, with parameters that take no time.
HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$TGmhXQBx6zwnntoV9TqbcQ$dC2CNJslJQQi7IBXDclNjsA61XmwnK4xDCd8FuybxWk"
)
CREDENTIALS = {"username": "ada", "password": PASSWORD}


class Clock:
    """The time as sessions see it. It stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = int(time.time())

    def __call__(self) -> float:
        return self.time


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The apps that tests build do not depend on the settings of this machine."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    """What a test declares, it declares for itself only."""
    before = dict(DECLARED)
    yield
    DECLARED.clear()
    DECLARED.update(before)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """The engines that sessions can be kept in, started once."""
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        started: list[Server] = [SQLite(folder), Valkey(folder), PostgreSQL(folder)]
        yield {each.name: stack.enter_context(each) for each in started}


@pytest.fixture(params=["sqlite", "valkey", "postgresql"])
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """Each engine in turn, with nothing in it."""
    server = servers[request.param]
    server.empty()
    return server


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/sessions.db"


@pytest.fixture
def settings(store_url: str) -> Settings:
    return Settings(session_store=store_url, users={"ada": HASH, "grace": HASH})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[FastAPI]:
    app = create_app(settings)
    sessions: Sessions = app.state.sessions
    sessions.clock = clock
    yield app
    if isinstance(sessions.store, SQLiteStore):
        sessions.store._close()  # where a test used the app without starting it


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    with Browser(app) as browser:
        yield browser


@pytest.fixture
def signed_in(browser: Browser) -> Browser:
    """A browser in which ada has signed in."""
    assert browser.post("/session", json=CREDENTIALS).status_code == 201
    return browser


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the app does."""
    return "asyncio"
