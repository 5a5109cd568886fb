# mypy: ignore-errors
"""What PostgreSQL brings with it."""

import asyncio

import pytest
from app.kit.sessions.engines import open_store

ENGINES = ["postgresql"]
SECRET = "s3cret"


@pytest.mark.anyio
async def test_no_statement_is_prepared_which_pgbouncer_would_lose(store) -> None:
    for _ in range(10):
        await asyncio.gather(*(store.read("a") for _ in range(10)))
    rows = await asyncio.gather(
        *(store.run("SELECT count(*) FROM pg_prepared_statements") for _ in range(10))
    )
    assert {row[0][0] for row in rows} == {0}


def test_a_url_that_the_driver_refuses_is_a_sentence() -> None:
    with pytest.raises(SystemExit, match="cannot read it") as stop:
        open_store(f"postgresql://u:{SECRET}@host/name?bogus=1")
    assert SECRET not in f"{stop.value.code} {stop.value.__context__!r}"
