"""The production command on a real uvicorn: whose address it takes, and how it ends."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.conftest import Environment, Render
from tests.gates import OLDEST
from tests.readme import blocks
from tests.servers.conftest import CREDENTIALS, USERS, Serve, production_command
from tests.tools import change, running, serving

MADE_UP, VISITOR, CDN = "198.51.100.66", "192.0.2.7", "203.0.113.9"


def seen(port: int, *forwarded: str) -> str:
    """Return the address that the app sees; a client can also repeat the header."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.putrequest("GET", "/probed/request")
        for value in forwarded:
            connection.putheader("X-Forwarded-For", value)
        connection.endheaders()
        return str(json.load(connection.getresponse())["address"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("named", "behind_one", "behind_two"),
    [
        ({}, VISITOR, CDN),
        ({"FORWARDED_ALLOW_IPS": "127.0.0.1,203.0.113.0/24"}, VISITOR, VISITOR),
        ({"FORWARDED_ALLOW_IPS": "10.0.0.0/8"}, "127.0.0.1", "127.0.0.1"),
        # What the page warns of.
        ({"FORWARDED_ALLOW_IPS": "*"}, MADE_UP, MADE_UP),
    ],
    ids=str,
)
def test_the_address_is_the_visitors_if_all_proxies_and_nobody_else_are_named(
    serve: Serve, named: dict[str, str], behind_one: str, behind_two: str
) -> None:
    with serve(**named) as port:
        assert seen(port, f"{MADE_UP}, {VISITOR}") == behind_one
        assert seen(port, MADE_UP, VISITOR) == behind_one
        assert seen(port, f"{MADE_UP}, {VISITOR}, {CDN}") == behind_two
        assert seen(port) == "127.0.0.1"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["uvicorn", "fastapi"])
def test_that_everybody_is_trusted_is_said_at_the_start(
    project: Path, environment: Environment, command: str
) -> None:
    words = {
        "uvicorn": production_command(project),
        "fastapi": ["fastapi", "run", "--host", "127.0.0.1", "--port", "0"],
    }[command]
    with running(
        [environment(OLDEST), "-m", *words],
        "FORWARDED_ALLOW_IPS=. takes the word of every client",
        cwd=project,
        env={"FORWARDED_ALLOW_IPS": "*"},
    ):
        pass


@pytest.mark.slow
def test_a_stop_waits_for_no_stream_that_has_no_end(
    project: Path, environment: Environment
) -> None:
    with (
        started([environment(OLDEST), "-m", *production_command(project)], project) as (
            server,
            port,
        ),
        closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
        connect(f"ws://127.0.0.1:{port}/probed/socket") as socket,
    ):
        connection.request("GET", "/probed/stream")
        stream = connection.getresponse()
        assert b"still here" in stream.readline()
        socket.send("hello")
        assert "hello" in str(socket.recv())
        server.send_signal(signal.SIGTERM)
        # Without `--timeout-graceful-shutdown` it never ends.
        assert server.wait(timeout=60) is not None


@pytest.mark.slow
def test_the_stream_of_the_page_ends_with_its_session(
    render: Render, environment: Environment
) -> None:
    project = render("streaming", sign_in="sessions", cookie_strategy="temporal")
    _, block, _ = blocks((project / "docs" / "sign-in.md").read_text("utf-8"), "python")
    news = project / "app" / "routes" / "news.py"
    news.write_text(block)
    change(news, "asyncio.sleep(5)", "asyncio.sleep(0.1)")
    routes = project / "app" / "routes" / "__init__.py"
    change(routes, "    health,\n", "    health,\n    news,\n")
    change(routes, "    health.router,\n", "    health.router,\n    news.router,\n")
    with (
        serving(project, environment(OLDEST), "run", "--host", "127.0.0.1", USERS=USERS) as port,
        closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
        closing(HTTPConnection("127.0.0.1", port, timeout=60)) as streaming,
    ):
        connection.request("POST", "/session", CREDENTIALS, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        cookie = {"Cookie": str(response.getheader("Set-Cookie")).partition(";")[0]}
        streaming.request("GET", "/news", headers=cookie)
        stream = streaming.getresponse()
        assert [stream.readline() for _ in range(4)][2] == b'data: "No news, ada."\n'
        connection.request("DELETE", "/session", headers=cookie)
        assert connection.getresponse().status == 204
        stream.read()  # to its end
        streaming.request("GET", "/news", headers=cookie)
        assert streaming.getresponse().status == 401


@contextmanager
def started(
    command: list[str | Path], project: Path
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start a server; yield it and its port; kill it."""
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr
            line = next(each for each in server.stderr if "running on" in each)
            yield server, int(line.partition("127.0.0.1:")[2].split()[0])
        finally:
            server.kill()
