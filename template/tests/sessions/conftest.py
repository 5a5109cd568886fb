"""Everything below this folder runs on each engine in turn."""

import pytest

from tests.servers import Server


@pytest.fixture
def store_url(server: Server) -> str:
    return server.url
