"""The kit's tests build their own apps, cookies and settings.

`copier update` keeps these tests up to date.
"""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from app.kit import DECLARED, Cookie, KitSettings, protect
from tests.kit.browser import Browser
from tests.kit.isolation import isolate


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    """What a test declares, it declares for itself only."""
    before = dict(DECLARED)
    DECLARED.clear()
    yield
    DECLARED.clear()
    DECLARED.update(before)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(KitSettings, monkeypatch)


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    protect(app, KitSettings())
    return app


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    with Browser(app) as browser:
        yield browser


@pytest.fixture
def cookies() -> list[Cookie[str]]:
    return [
        Cookie(name, str, purpose="Tested here.")
        for name in ("first", "second", "third")
    ]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
