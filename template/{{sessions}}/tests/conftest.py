"""What your tests have in common. Add your fixtures here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.settings import Settings
from tests.kit.browser import Browser
from tests.kit.isolation import isolate

isolate(Settings)

PASSWORD = "correct horse battery staple"  # noqa: S105 - for the users below
# Of that password, with parameters that take no time.
HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$TGmhXQBx6zwnntoV9TqbcQ$dC2CNJslJQQi7IBXDclNjsA61XmwnK4xDCd8FuybxWk"
)
CREDENTIALS = {"username": "ada", "password": PASSWORD}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("app.kit.sessions.sqlite.SYNCHRONOUS", "OFF")  # no test waits for the disk
    return Settings(
        session_store=f"sqlite:///{tmp_path}/sessions.db", users={"ada": HASH, "grace": HASH}
    )


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    from app.main import create_app  # here, so that it reads no .env

    return create_app(settings)


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    with Browser(app) as browser:
        yield browser


@pytest.fixture
def signed_in(browser: Browser) -> Browser:
    """A browser in which ada has signed in."""
    assert browser.post("/session", json=CREDENTIALS).status_code == 201
    return browser
