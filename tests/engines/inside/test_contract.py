# mypy: ignore-errors
"""The contract of a store on each server."""

import pytest

from tests.engines.servers import Server
from tests.kit.sessions.test_stores import *  # noqa: F403

ENGINES = ["valkey", "postgresql", "cluster", "sentinel"]


@pytest.fixture
def store_url(server: Server) -> str:
    return server.url
