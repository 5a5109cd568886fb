# mypy: ignore-errors
"""What a server of its own brings with it: round trips, and memory that is short."""

import asyncio
from collections.abc import Iterator

import pytest
from app.kit.sessions import StoreUnavailableError
from app.kit.sessions.engines import open_store
from app.kit.sessions.store import Counter
from fastapi import FastAPI
from redis import Redis
from redis.asyncio.connection import AbstractConnection

from tests.engines.servers import Server
from tests.kit.browser import Browser
from tests.kit.sessions.example import Clock, People, sign_in

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
async def test_a_list_takes_two_round_trips_and_ending_all_others_three(
    app: FastAPI, people: People, trips: list[bytes]
) -> None:
    everybody = app.state.sessions
    ada = people.rows[0]
    _, mine = await everybody.start(ada, "", None)
    _, mine = await everybody.renew(mine)
    for _ in range(7):
        await everybody.start(ada, "", None)
    trips.clear()
    assert len(await everybody.of_user(1)) == 8
    assert len(trips) <= 2
    trips.clear()
    assert await everybody.end_all(1, except_for=mine) == 7
    assert len(trips) <= 3
    trips.clear()
    token, _ = await everybody.start(ada, "", None)
    assert len(trips) == 1
    trips.clear()
    await everybody.find(token)
    assert len(trips) == 1
    await everybody.store.close()


@pytest.fixture
def client(server: Server) -> Iterator[Redis]:
    with Redis.from_url(server.url.replace("+cluster", "")) as client:
        yield client


@pytest.mark.parametrize("between", ["nothing", "a use", "a confirmation"])
def test_all_others_end_although_the_server_dropped_the_index(
    signed_in: Browser,
    client: Redis,
    clock: Clock,
    between: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.kit.sessions.redis._BATCH", 2)
    others = [sign_in(signed_in) for _ in range(3)]
    assert client.delete("sessions-of:1") == 1
    if between == "a use":
        clock.time += 61
        assert signed_in.get("/session").status_code == 200
    elif between == "a confirmation":
        signed_in.post("/confirm", json={"password": "correct horse battery staple"})
    assert len(signed_in.get("/sessions").json()) == 4
    assert signed_in.delete("/sessions").json() == 3
    assert [other.get("/session").status_code for other in others] == [401] * 3
    assert signed_in.get("/session").status_code == 200


def test_all_others_end_where_a_server_drops_keys_when_memory_is_short(
    signed_in: Browser, client: Redis
) -> None:
    other = sign_in(signed_in)
    used = client.info("memory")["used_memory"]
    client.set("of another program", "x" * 100_000, ex=60)
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
    client.delete("sessions-of:1")
    third = sign_in(signed_in)  # begins the index anew
    assert third.delete("/sessions").status_code == 200
    assert other.get("/session").status_code == 401
    assert signed_in.get("/session").status_code == 401


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
