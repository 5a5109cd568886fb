# mypy: ignore-errors
"""Several processes share a store: what one does, the others see at once."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.kit.sessions.example import HASH, PASSWORD

PROJECT = Path(__file__).parent.parent.parent
ENGINES = ["sqlite", "valkey", "postgresql"]
CREDENTIALS = {"username": "ada", "password": PASSWORD}


def start(store_url: str) -> subprocess.Popen[str]:
    """Start the app as it is deployed, on a port that it picks itself."""
    settings = {
        "SESSION_STORE": store_url,
        "USERS": json.dumps({"ada": HASH}),
        "SIGN_IN_LIMIT_PER_USER": "3 per minute",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0"],
        cwd=PROJECT,
        env=os.environ | settings,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def ports(store_url: str) -> Iterator[list[int]]:
    """Two instances of the app, started at once."""
    instances = [start(store_url) for _ in range(2)]
    try:
        ports = []
        for server in instances:
            assert server.stderr is not None
            printed = line = ""
            while "Uvicorn running on" not in line:
                line = server.stderr.readline()
                assert line, printed
                printed += line
            ports.append(int(line.partition("://127.0.0.1:")[2].split()[0]))
        yield ports
    finally:
        for server in instances:
            server.terminate()
            server.communicate(timeout=60)


def request(
    port: int, method: str, path: str, body: object = None, cookie: str = ""
) -> HTTPResponse:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json", "Cookie": cookie},
        method=method,
    )
    try:
        answer: HTTPResponse = urllib.request.urlopen(asked, timeout=60)
    except HTTPError as error:
        error.close()
        return error  # type: ignore[return-value]
    answer.close()
    return answer


def test_what_happens_on_one_instance_holds_for_all_at_once(ports: list[int]) -> None:
    one, other = ports
    cookie = request(one, "POST", "/session", CREDENTIALS).headers["Set-Cookie"].partition(";")[0]
    assert request(other, "GET", "/session", cookie=cookie).status == 200
    assert request(other, "DELETE", "/session", cookie=cookie).status == 204
    assert request(one, "GET", "/session", cookie=cookie).status == 401
    assert request(other, "GET", "/session", cookie=cookie).status == 401

    wrong = CREDENTIALS | {"password": "wrong"}
    statuses = [request(ports[n % 2], "POST", "/session", wrong).status for n in range(4)]
    assert statuses == [401, 401, 401, 429]
