# mypy: ignore-errors
"""What PostgreSQL brings with it."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from app.kit.sessions import Sessions, StoreUnavailableError
from app.kit.sessions.engines import open_store
from app.kit.sessions.postgresql import PostgreSQLStore
from app.kit.sessions.store import Counter, Record
from psycopg import conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from tests.engines.servers import Server
from tests.kit.sessions.example import Basket, People, Settings

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


@pytest.fixture
def admin(server: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        yield connection


@pytest.mark.anyio
async def test_the_tables_lie_apart_from_the_apps(store, admin: psycopg.Connection) -> None:
    await store.read("a")
    tables = "SELECT schemaname, tablename FROM pg_tables WHERE tableowner = current_user"
    found = admin.execute(f"{tables} AND schemaname !~ '^(pg_|information_schema)'").fetchall()
    assert sorted(found) == [
        ("kit", name) for name in ("counters_2", "session_steps", "sessions_2")
    ]


@pytest.mark.anyio
async def test_a_role_without_the_right_to_create_uses_what_is_there(
    store, admin: psycopg.Connection, server: Server
) -> None:
    """As where somebody else makes the tables: CREATE … IF NOT EXISTS is denied all the same."""
    admin.execute("DROP ROLE IF EXISTS weak")
    admin.execute("CREATE ROLE weak LOGIN")
    weak = PostgreSQLStore(conninfo.make_conninfo(server.url, user="weak"))
    with pytest.raises(StoreUnavailableError):
        await weak.read("a")
    await store.read("a")
    admin.execute("GRANT USAGE ON SCHEMA kit TO weak")
    admin.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA kit TO weak")
    assert await weak.read("a") is None
    assert await weak.count(1, Counter("key", 9, 60)) == [(1, 60)]
    await weak.close()
    admin.execute("DROP OWNED BY weak")
    admin.execute("DROP ROLE weak")


@pytest.mark.anyio
async def test_a_schema_that_is_there_already_is_used(
    store, admin: psycopg.Connection
) -> None:
    admin.execute("CREATE SCHEMA kit")
    assert await store.read("a") is None


@pytest.mark.anyio
@pytest.mark.parametrize("autocommit", [True, False])
async def test_a_pool_of_ones_own_is_used_and_left_open(
    server: Server, people: People, settings: Settings, autocommit: bool
) -> None:
    kwargs = {"autocommit": autocommit, "row_factory": dict_row}
    async with AsyncConnectionPool(server.url, kwargs=kwargs, open=False) as pool:
        everybody = Sessions(PostgreSQLStore(pool), people, Basket, settings)
        _, mine = await everybody.start(people.rows[0], "", None)
        token, mine = await everybody.start(people.rows[0], "", replaces=mine.record)
        token, mine = await everybody.renew(mine)
        await everybody.check()
        assert [each.id for each in await everybody.of_user(1)] == [mine.id]
        await everybody.store.close()
        assert await everybody.find(token)


@pytest.mark.anyio
async def test_a_session_ends_with_the_one_after_it_or_neither_does(
    store, admin: psycopg.Connection
) -> None:
    old = Record("a" * 64, "1", "hash", 0, 0, 0, "", 1, "{}")
    await store.add(old, 60)
    broken = old._replace(id="b" * 64, version="no number")
    with pytest.raises(StoreUnavailableError):
        await store.add(broken, 60, old)
    assert await store.read("a" * 64) == old
    await store.add(old._replace(id="b" * 64), 60, old)
    assert [each.id[0] for each in await store.of_user("1")] == ["b"]
