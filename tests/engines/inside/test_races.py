# mypy: ignore-errors
"""What happens at the same time, on each engine."""

import asyncio

import pytest
from app.kit.sessions import SessionEndedError
from fastapi import FastAPI

from tests.kit.sessions.example import People

ENGINES = ["sqlite", "valkey", "postgresql", "cluster"]
pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("delay", [0, 0.0002, 0.0005, 0.001, 0.002, 0.004])
@pytest.mark.parametrize("way", ["start", "stop"])
async def test_a_session_that_is_being_confirmed_ends_all_the_same(
    app: FastAPI, people: People, way: str, delay: float
) -> None:
    everybody = app.state.sessions
    ada, grace = people.rows

    async def after(first: bool, work):
        await asyncio.sleep(0 if first else delay)
        return await work

    for n in range(20):
        _, old = await everybody.start(ada, "", None)
        record = old.record
        ending = everybody.stop(record) if way == "stop" else everybody.start(grace, "", record)
        confirmed, _ = await asyncio.gather(
            after(n % 2 == 0, everybody.renew(old)), after(n % 2, ending), return_exceptions=True
        )
        if isinstance(confirmed, BaseException):
            assert isinstance(confirmed, SessionEndedError)
        else:
            assert await everybody.find(confirmed[0]) is None
        assert await everybody.of_user(ada.id) == []
    await everybody.store.close()


async def test_all_others_end_while_one_is_confirmed(app: FastAPI, people: People) -> None:
    everybody = app.state.sessions
    for _ in range(20):
        _, mine = await everybody.start(people.rows[0], "", None)
        _, other = await everybody.start(people.rows[0], "", None)
        await asyncio.gather(
            everybody.renew(other), everybody.end_all(1, except_for=mine), return_exceptions=True
        )
        assert [each.id for each in await everybody.of_user(1)] == [mine.id]
        await everybody.end_all(1)
    await everybody.store.close()
