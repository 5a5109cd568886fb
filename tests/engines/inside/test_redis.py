# mypy: ignore-errors
"""What a server of its own brings with it: round trips, and memory that is short."""

import asyncio
from collections.abc import Iterator

import pytest
from app.kit.sessions import Sessions, StoreUnavailableError
from app.kit.sessions.engines import open_store
from app.kit.sessions.redis import RedisStore
from app.kit.sessions.store import Counter
from fastapi import FastAPI
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster
from redis.asyncio.connection import AbstractConnection

from tests.engines.servers import Server
from tests.kit.browser import Browser
from tests.kit.sessions.example import Basket, Clock, People, Settings, sign_in

ENGINES = ["valkey", "cluster"]
SECRET = "s3cret"


@pytest.fixture
def trips(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was sent to the server, by round trip."""
    sent: list[bytes] = []
    send = AbstractConnection.send_packed_command

    async def noting(self, command, check_health=True):
        sent.append(command)
        await send(self, command, check_health)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", noting)
    return sent


@pytest.mark.anyio
async def test_whatever_is_done_with_sessions_takes_one_round_trip(
    app: FastAPI, people: People, clock: Clock, trips: list[bytes]
) -> None:
    everybody = app.state.sessions
    ada = people.rows[0]
    for _ in range(8):
        token, mine = await everybody.start(ada, "", None)

    async def takes(work):
        trips.clear()
        outcome = await work
        assert len(trips) == 1
        return outcome

    assert await takes(everybody.find(token))
    token, mine = await takes(everybody.start(ada, "", None))
    token, mine = await takes(everybody.renew(mine))
    await takes(mine.update(lambda data: data))
    assert len(await takes(everybody.of_user(1))) == 9
    assert await takes(everybody.end((await everybody.of_user(1))[1].id, 1))
    assert await takes(everybody.end_all(1, except_for=mine)) == 7
    await takes(everybody.stop(mine.record))
    # Two for another user's session, which may be at another server of a cluster.
    _, grace = await everybody.start(people.rows[1], "", None)
    trips.clear()
    await everybody.start(ada, "", replaces=grace.record)
    assert len(trips) <= 2
    assert await everybody.of_user(2) == []
    await everybody.store.close()


@pytest.fixture
def client(server: Server) -> Iterator[Redis]:
    with Redis.from_url(server.url.replace("+cluster", "")) as client:
        yield client


def test_a_server_that_drops_keys_ends_all_sessions_of_a_user_or_none(
    signed_in: Browser, client: Redis
) -> None:
    others = [sign_in(signed_in) for _ in range(3)]
    used = client.info("memory")["used_memory"]
    client.config_set("maxmemory-policy", "volatile-random")
    client.config_set("maxmemory", used + 50_000)
    try:
        for n in range(500):
            client.set(f"filler {n}", "x" * 10_000, ex=60)
    except Exception:
        pass
    finally:
        client.config_set("maxmemory", 0)
    assert client.info("stats")["evicted_keys"]
    statuses = {each.get("/session").status_code for each in (signed_in, *others)}
    assert len(statuses) == 1
    # Whoever signs in ends all that there are.
    again = sign_in(signed_in)
    assert again.delete("/sessions").status_code == 200
    assert {each.get("/session").status_code for each in (signed_in, *others)} == {401}


@pytest.mark.anyio
async def test_sessions_that_expired_do_not_pile_up_beside_one_that_lasts(
    app: FastAPI, people: People, client: Redis, clock: Clock
) -> None:
    """As those of a program that signs in each minute, and of its owner."""
    everybody = app.state.sessions
    _, lasting = await everybody.start(people.rows[0], "", None)
    start = clock.time
    clock.time -= 2 * 60 * 60
    for _ in range(200):  # each has expired when it is stored
        await everybody.start(people.rows[0], "", None)
    clock.time = start
    [key] = client.keys("sessions:*")
    assert client.hlen(key) < 100
    assert [each.id for each in await everybody.of_user(1)] == [lasting.id]
    await everybody.store.close()


@pytest.mark.anyio
async def test_a_user_with_ten_thousand_sessions_is_served(
    app: FastAPI, people: People, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kit.sessions.redis.PATIENCE", 60)  # whatever else runs here
    everybody = app.state.sessions
    token, mine = await everybody.start(people.rows[0], "", None)
    [key] = client.keys("sessions:*")
    [text] = client.hvals(key)
    ids = [mine.id[:-5] + f"{n:05}" for n in range(10_000)]
    client.hset(key, mapping={each: text.decode().replace(mine.id, each) for each in ids})
    assert await everybody.find(token)
    assert len(await everybody.of_user(1)) == 10_001
    assert await everybody.end_all(1, except_for=mine) == 10_000
    assert [each.id for each in await everybody.of_user(1)] == [mine.id]
    await everybody.store.close()


@pytest.mark.anyio
@pytest.mark.parametrize("decode_responses", [True, False])
async def test_a_client_of_ones_own_is_used_and_left_open(
    server: Server, people: People, settings: Settings, decode_responses: bool
) -> None:
    kind = RedisCluster if server.name == "cluster" else AsyncRedis
    url = server.url.replace("+cluster", "")
    async with kind.from_url(url, decode_responses=decode_responses) as client:
        everybody = Sessions(RedisStore(client), people, Basket, settings)
        token, mine = await everybody.start(people.rows[0], "", None)
        token, mine = await everybody.renew(mine)
        mine = await mine.update(lambda data: Basket(items=data.items + 1))
        await everybody.check()
        assert [each.data.items for each in await everybody.of_user(1)] == [1]
        await everybody.store.close()
        assert await everybody.find(token)
        assert await everybody.store.clear() == 1


@pytest.mark.anyio
async def test_the_server_itself_removes_what_has_expired(
    app: FastAPI, people: People, client: Redis, clock: Clock
) -> None:
    everybody = app.state.sessions
    _, session = await everybody.start(people.rows[0], "", None)
    await everybody.store.count(clock.time, Counter("key", 9, clock.time + 60))
    [counter] = client.keys("count:*")
    assert client.expiretime(counter) == clock.time + 60
    for seconds in (60, 120):
        expected = session.created_at + seconds + 60 * 60
        await everybody.store.touch(session.record._replace(seen_at=expected), expected)
        assert {client.expiretime(key) for key in client.keys("*") if key != counter} == {expected}
    await everybody.store.close()


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{SECRET}@host:6379?bogus=1",
        f"redis://:{SECRET}@host:6379/1?db=x",
        f"redis://:{SECRET}@host/0?retry=1",
        f"redis+cluster://:{SECRET}@host:6379?bogus=1",
        "redis+cluster://",
    ],
)
def test_a_url_that_the_driver_refuses_is_a_sentence(url: str) -> None:
    with pytest.raises(SystemExit, match="cannot read it") as stop:
        open_store(url)
    assert SECRET not in f"{stop.value.code} {stop.value.__context__!r}"


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
async def test_a_server_that_was_never_there_is_a_store_that_does_not_answer(
    scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(f"{scheme}://:{SECRET}@127.0.0.1:1")
    with pytest.raises(StoreUnavailableError):
        await store.read("x")
    await store.close()
    [told] = caplog.messages
    assert "Error: " in told or "Exception: " in told
    assert "127.0.0.1:1. " in told and SECRET not in told, "why it does not answer"


@pytest.mark.anyio
@pytest.mark.parametrize("quote", ["`", "'"])
async def test_a_server_that_repeats_the_password_has_it_logged_nowhere(
    quote: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As those do that are too old to know HELLO, by which redis-py signs in."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.read(1000)
        assert b"HELLO" in command and SECRET.encode() in command
        words = ", ".join(f"{quote}{word}{quote}" for word in ("3", "AUTH", "default", SECRET))
        said = f"unknown command {quote}HELLO{quote}, with args beginning with: {words}, "
        writer.write(f"-ERR {said}\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        store = open_store(f"redis://:{SECRET}@127.0.0.1:{port}?protocol=3")
        with pytest.raises(StoreUnavailableError):
            await store.read("x")
        await store.close()
    assert "unknown command" in caplog.text
    assert SECRET not in caplog.text
