"""Both strategies answer alike, byte for byte, over a real connection."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest
import uvicorn
from fastapi import Depends, FastAPI, Response
from fastapi.responses import FileResponse, JSONResponse

from app.kit import Cookie, KitSettings, protect
from tests.kit.test_values import WRITTEN

LIMIT, HIGHER = 1000, 3000
Ask = Callable[..., tuple[list[bytes], bytes]]


@contextmanager
def served(app: FastAPI) -> Iterator[Ask]:
    """Serve an app. Yield a function that returns the lines of an answer's head, and its body."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()

        def ask(method: str, path: str, *headers: str | bytes, body: bytes = b"") -> Any:
            with socket.create_connection(listening.getsockname()) as connection:
                lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
                head = [line if isinstance(line, bytes) else line.encode() for line in headers]
                connection.sendall(b"\r\n".join([*map(str.encode, lines), *head, b"", body]))
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            head_of_it, _, rest = answer.partition(b"\r\n\r\n")
            status, *lines_of_it = head_of_it.lower().split(b"\r\n")
            sent = [line for line in lines_of_it if not line.startswith(b"date:")]
            return [status, *sorted(sent)], rest  # the order of headers means nothing

        try:
            yield ask
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def ran() -> list[str]:
    """Return the path operations that ran."""
    return []


@pytest.fixture
def ask(cookies: list[Cookie[str]], ran: list[str]) -> Iterator[Ask]:
    app = FastAPI()
    protect(app, KitSettings(max_body_size=LIMIT))
    file = Path(__file__)

    @app.delete("/temporal/small")
    @app.delete("/temporal/large", max_body_size=HIGHER)
    async def end(response: Response) -> dict[str, str]:
        ran.append("temporal")
        cookies[0].delete(response)
        return {}

    @app.delete("/direct/small")
    @app.delete("/direct/large", max_body_size=HIGHER)
    async def end_by_a_response() -> Response:
        ran.append("direct")
        response = JSONResponse({})
        cookies[0].delete(response)
        return response

    @app.get("/temporal/file", response_class=FileResponse)
    async def send_file(response: Response) -> str:
        cookies[0].set(response, "1")
        return str(file)

    @app.get("/direct/file")
    async def send_file_by_a_response() -> FileResponse:
        response = FileResponse(file)
        cookies[0].set(response, "1")
        return response

    @app.get("/read")
    async def read(found: Annotated[str | None, Depends(cookies[1].read)]) -> str | None:
        return found

    with served(app) as ask:
        yield ask


CHUNKED = b"2000\r\n" + b"x" * 0x2000 + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("small", [f"Content-Length: {LIMIT}"], b"x" * LIMIT, 200),
        ("small", [f"Content-Length: {LIMIT + 1}"], b"x" * (LIMIT + 1), 413),
        ("small", ["Content-Length: 1100000"], b"", 413),
        ("large", [f"Content-Length: {LIMIT + 1}"], b"x" * (LIMIT + 1), 200),
        ("large", [f"Content-Length: {HIGHER + 1}"], b"x" * (HIGHER + 1), 413),
        # Its length is not declared, and nobody reads it.
        ("small", ["Transfer-Encoding: chunked"], CHUNKED, 200),
        ("small", [], b"", 200),
    ],
)
def test_a_body_that_is_too_large_is_refused_before_the_operation_runs(
    ask: Ask, ran: list[str], path: str, headers: list[str], body: bytes, status: int
) -> None:
    temporal = ask("DELETE", f"/temporal/{path}", *headers, body=body)
    direct = ask("DELETE", f"/direct/{path}", *headers, body=body)
    assert temporal == direct
    assert temporal[0][0].split()[1] == str(status).encode()
    assert ran == (["temporal", "direct"] if status == 200 else [])
    assert any(line.startswith(b"set-cookie: first=;") for line in temporal[0]) == (status == 200)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [("bytes=0-9", 206), ("bytes=0-1,4-5", 206), ("bytes=999999-", 416), ("bytes=x", 400),
     ("lines=1-2", 400), ("bytes", 400), ("bytes=5-2", 400)],
)  # fmt: skip
def test_whatever_part_of_a_file_is_asked_for_its_cookies_arrive(
    ask: Ask, wanted: str, status: int
) -> None:
    temporal = ask("GET", "/temporal/file", f"Range: {wanted}")
    direct = ask("GET", "/direct/file", f"Range: {wanted}")
    assert temporal[0][0].split()[1] == str(status).encode()
    assert b"set-cookie: first=1; httponly; path=/; samesite=lax; secure" in temporal[0]
    boundary = re.compile(rb"[0-9a-f]{26}")  # chosen at random
    assert boundary.sub(b"", repr(temporal).encode()) == boundary.sub(b"", repr(direct).encode())


def test_what_others_wrote_is_read_as_these_bytes(ask: Ask) -> None:
    for _, value, expected in WRITTEN:
        _, body = ask("GET", "/read", b"Cookie: second=" + value)
        assert json.loads(body) == expected, value
