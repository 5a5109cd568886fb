"""What your tests have in common. Add your fixtures here."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from app.settings import Settings
from tests.kit.browser import Browser
from tests.kit.isolation import isolate

isolate(Settings)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    from app.main import create_app  # here, so that it reads no .env

    return create_app(settings)


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    with Browser(app) as browser:
        yield browser
