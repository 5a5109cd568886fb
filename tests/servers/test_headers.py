"""Endless headers, on a real uvicorn: what has no end is hung up on, what has one is served."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.servers.conftest import Serve

pytestmark = pytest.mark.slow
SENT_AT_MOST = 16 * 1024 * 1024  # what fits into the system's buffers is sent, though nobody reads
START = b"POST /probed/request HTTP/1.1\r\nHost: a\r\n"
ENDLESS = {
    "lines": (START, b"a: b\r\n" * 10_000),
    "a line": (START + b"X: ", b"a" * 60_000),
    "a name": (START, b"a" * 60_000),
    "an address": (b"GET /?", b"a" * 60_000),
    "cookies": (START + b"Cookie: ", b"a=b; " * 10_000),
    "a handshake": (START + b"Connection: Upgrade\r\nUpgrade: websocket\r\n", b"a: b\r\n" * 10_000),
    "a second request": (b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n" + START, b"a: b\r\n" * 10_000),
}
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
AFTER_ALL_HEADERS = {
    "trailers": (CHUNKED + b"1\r\na\r\n0\r\n", b"a: b\r\n" * 10_000),
    "a chunk's extension": (CHUNKED + b"1;a=", b"a" * 60_000),
}


@pytest.fixture
def port(serve: Serve) -> Iterator[int]:
    with serve() as port:
        yield port


def flood(port: int, start: bytes, block: bytes) -> bytes:
    """Send `block` again and again until the server hangs up; return what it said."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as connection:
        sent = 0
        try:
            connection.sendall(start)
            while sent < SENT_AT_MOST:
                connection.sendall(block)
                sent += len(block)
        except ConnectionError:
            pass
        assert sent < SENT_AT_MOST, "nobody hung up"
        try:
            return connection.recv(200)
        except ConnectionError:  # Its answer is lost where more of ours was on the way.
            return b""


def ask(port: int, *requests: bytes) -> list[tuple[int, bytes]]:
    """Send requests at once over one connection; return what is answered."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as connection:
        connection.sendall(b"".join(requests))
        file = connection.makefile("rb")
        answers = []
        for _ in requests:
            status, length = int(file.readline().split()[1]), 0
            while (line := file.readline()) != b"\r\n":
                if found := re.match(rb"content-length: (\d+)", line, re.IGNORECASE):
                    length = int(found[1])
            answers.append((status, file.read(length)))
        return answers


def peak_memory(port: int) -> int:
    """Return how many mebibytes the server took at most."""
    [(status, body)] = ask(port, b"GET /probed/memory HTTP/1.1\r\nHost: a\r\n\r\n")
    assert status == 200
    return int(body) // (1024 * 1024)


def test_endless_headers_are_hung_up_on_and_take_no_memory(port: int) -> None:
    before = peak_memory(port)
    for what, (start, block) in ENDLESS.items():
        said = flood(port, start, block)
        expected = (b"HTTP/1.1 431 ", b"HTTP/1.1 200 ") if "second" in what else b"HTTP/1.1 431 "
        assert said == b"" or said.startswith(expected), what
    for start, block in AFTER_ALL_HEADERS.values():
        # An answer may have begun: nothing is put into it.
        assert re.match(rb"(HTTP/1.1 (200|431) |$)", flood(port, start, block))
    assert peak_memory(port) - before < 40


def test_what_has_an_end_is_served_however_it_comes(port: int) -> None:
    large = b"X-Repeated: " + b"a" * 60_000 + b"\r\n"
    with_body = START + large + b"Content-Length: 900000\r\n\r\n" + b"b" * 900_000
    chunked = (
        CHUNKED + b"%x\r\n%s\r\n" % (300_000, b"c" * 300_000) + b"1;a=b\r\nd\r\n0\r\nA: b\r\n\r\n"
    )
    get = b"GET /probed/request HTTP/1.1\r\nHost: a\r\n" + large + b"\r\n"
    answers = ask(port, with_body, get, chunked, *[get] * 20, with_body, get)
    assert [status for status, _ in answers] == [200] * len(answers)
    assert len(json.loads(answers[1][1])["repeated"]) == 60_000
    # Below the protocol's limit, the app's own says how many bytes it takes.
    status, body = ask(port, START + b"X: " + b"a" * 70_000 + b"\r\n\r\n")[0]
    assert (status, "65536" in json.loads(body)["detail"]) == (431, True)
