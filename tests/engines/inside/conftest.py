# mypy: ignore-errors
"""Everything in this folder runs on each engine in turn."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.engines.servers import Cluster, PostgreSQL, Sentinel, Server, SQLite, Valkey
from tests.kit.conftest import anyio_backend, declarations, environment  # noqa: F401
from tests.kit.sessions.conftest import (  # noqa: F401
    app,
    browser,
    clock,
    everybody,
    people,
    session_environment,
    settings,
    signed_in,
    store,
)

KINDS: dict[str, Any] = {
    each.name: each for each in (SQLite, Valkey, PostgreSQL, Cluster, Sentinel)
}


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """The engines that were needed so far: each is started once."""

    class Servers(dict[str, Server]):
        def __missing__(self, name: str) -> Server:
            folder = tmp_path_factory.mktemp(name)
            self[name] = stack.enter_context(KINDS[name](folder))
            return self[name]

    with ExitStack() as stack:
        yield Servers()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        names = getattr(metafunc.module, "ENGINES", ["valkey", "postgresql"])
        metafunc.parametrize("server", names, indirect=True)


@pytest.fixture
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """An engine with nothing in it."""
    server = servers[request.param]
    server.empty()
    return server


@pytest.fixture
def store_url(server: Server) -> str:
    return server.url
