from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from app.declaration import DECLARED
from app.main import create_app
from app.settings import Settings
from tests.browser import Browser


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


@pytest.fixture
def app() -> FastAPI:
    return create_app(Settings())


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    with Browser(app) as browser:
        yield browser
