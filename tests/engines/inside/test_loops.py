# mypy: ignore-errors
"""One app on several event loops: `asyncio.run` twice, TestClient outside of a `with`."""

import asyncio
import gc
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from app.kit.sessions import Sessions
from fastapi import FastAPI

from tests.engines.servers import Server
from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, Basket, People, Person

ENGINES = ["sqlite", "valkey", "postgresql", "cluster", "sentinel"]
Everybody = Sessions[Person, Basket]


@pytest.fixture(autouse=True)
def nothing_is_left_open(server: Server) -> Iterator[None]:
    """No connection on the server, and nothing that Python has to close when it is collected."""
    before = server.connections()
    with warnings.catch_warnings(record=True, action="always") as caught:
        yield
        gc.collect()
    assert [str(each.message) for each in caught if each.category is ResourceWarning] == []
    deadline = time.monotonic() + 60
    while server.connections() > before:  # It notes a moment later that one was closed.
        assert time.monotonic() < deadline


def test_two_runs_share_what_is_stored(everybody: Everybody, people: People) -> None:
    token, session = asyncio.run(everybody.start(people.rows[0], "", None))
    for _ in range(3):
        found = asyncio.run(everybody.find(token))
        assert found is not None
        assert found.id == session.id
        assert len(asyncio.run(everybody.of_user(1))) == 1
    assert asyncio.run(everybody.store.clear()) == 1
    asyncio.run(everybody.store.close())


def test_a_client_without_a_lifespan_is_served(app: FastAPI) -> None:
    browser = Browser(app)
    assert browser.post("/session", json=CREDENTIALS).status_code == 201
    assert [browser.get("/session").json() for _ in range(3)] == ["ada"] * 3
    assert browser.delete("/session").status_code == 204
    asyncio.run(app.state.sessions.store.close())


def test_a_run_closes_only_what_it_opened(everybody: Everybody, people: People) -> None:
    async def outer() -> None:
        token, _ = await everybody.start(people.rows[0], "", None)
        # Meanwhile another loop comes and goes, and closes.
        assert await asyncio.to_thread(asyncio.run, everybody.find(token))
        await asyncio.to_thread(asyncio.run, everybody.store.close())
        assert await everybody.find(token)
        await everybody.store.close()

    asyncio.run(outer())


def test_two_loops_at_once_do_not_meet(everybody: Everybody, people: People) -> None:
    together = Barrier(2, timeout=60)

    async def work() -> int:
        token, _ = await everybody.start(people.rows[0], "", None)
        together.wait()
        found = await asyncio.gather(*(everybody.find(token) for _ in range(20)))
        return len([each for each in found if each])

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: asyncio.run(work()), range(2))) == [20, 20]
    asyncio.run(everybody.store.close())
