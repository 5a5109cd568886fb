"""What comes before a body has an end, or the connection has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from app.kit.http import LIMIT, Bounded

START = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "lines": (START, b"a: b\r\n", b"\r\n"),
    "a line": (START + b"a: ", b"b", b"\r\n\r\n"),
    "a name": (START, b"a", b": b\r\n\r\n"),
    "an address": (b"GET /", b"a", b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    "trailers": (CHUNKED + b"1\r\na\r\n0\r\n", b"a: b\r\n", b"\r\n"),
    "an extension": (CHUNKED + b"1;", b"a", b"\r\na\r\n0\r\n\r\n"),
}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer once the whole body is there."""
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"answered"})


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    config = Config(app, lifespan="off", log_config=None, access_log=False)
    server = await asyncio.get_running_loop().create_server(
        lambda: Bounded(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()


async def answer(address: tuple[str, int], *sent: bytes) -> bytes:
    """Return all that the server says until it hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    said = b""
    with suppress(ConnectionError):
        for each in sent:
            writer.write(each)
            await writer.drain()
        writer.write_eof()
    with suppress(ConnectionError):
        while read := await reader.read(2**16):
            said += read
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return said


@pytest.mark.anyio
@pytest.mark.parametrize("what", ENDLESS)
async def test_what_has_no_end_is_hung_up_on(address: tuple[str, int], what: str) -> None:
    start, block, end = ENDLESS[what]
    # At once, and in pieces. What fills the network's buffers comes in pieces, too.
    for pieces in (1, 16):
        sent = [block * (10 * LIMIT // pieces // len(block))] * pieces
        said = await answer(address, start, *sent, end)
        assert b"answered" not in said
        # Its own answer can be lost on the way. None is put into the app's.
        assert said == b"" or said.startswith(b"HTTP/1.1 431 ")


@pytest.mark.anyio
async def test_what_has_an_end_is_answered(address: tuple[str, int]) -> None:
    header = b"X-Large: " + b"a" * (LIMIT // 2) + b"\r\n"
    body = b"b" * (4 * LIMIT)
    whole = START + header + b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in [body[:99_999]] * 5)
    chunked = CHUNKED + chunks + b"0\r\nA: b\r\n\r\n"
    last = START + header + b"Connection: close\r\nContent-Length: 0\r\n\r\n"
    # One after the other, in one connection.
    said = await answer(address, whole, chunked, START + header + b"\r\n", whole, last)
    assert said.count(b"answered") == 5
