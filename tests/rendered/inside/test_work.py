"""No request makes the app work more than in proportion to what came in: calls are counted."""

import asyncio
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Request
from starlette.requests import cookie_parser

from app.kit import Cookie
from tests.kit.browser import Browser

Headers = list[tuple[bytes, bytes]]
Work = Callable[..., tuple[int, int]]


@pytest.fixture
def work(app: FastAPI, cookies: list[Cookie[str]]) -> Work:
    """Return a function that sends one request; it returns the status and the number of calls."""

    @app.get("/cookie")
    async def cookie(value: Annotated[str | None, Depends(cookies[0].read)]) -> str | None:
        return value

    @app.put("/numbers")
    async def numbers(numbers: list[int]) -> int:
        return len(numbers)

    async def ask(method: str, path: str, headers: Headers, body: bytes) -> tuple[int, int]:
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
        }
        scope |= {"scheme": "https", "http_version": "1.1", "root_path": "", "query_string": b""}
        json = (b"content-type", b"application/json")
        scope |= {"headers": [json, *headers], "client": ("192.0.2.1", 1), "state": {}}
        sent: list[Any] = []
        calls = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            await app(scope, receive, send)
        finally:
            sys.setprofile(None)
        return int(sent[0]["status"]), calls

    def work(method: str, path: str, headers: Headers = [], body: bytes = b"") -> tuple[int, int]:  # noqa: B006
        return asyncio.run(ask(method, path, headers, body))

    work("GET", "/cookie")  # The first request builds the middleware.
    return work


def cookie_header(size: int) -> Headers:
    return [(b"cookie", b"a=1;" * (size // 4))]


@pytest.mark.parametrize("path", ["/cookie", "/nowhere"])
def test_no_path_reads_headers_above_the_limit(work: Work, path: str) -> None:
    large, larger = (work("GET", path, cookie_header(size)) for size in (100_000, 10_000_000))
    assert large == larger
    assert large[0] == 431


def test_where_nobody_asks_for_a_cookie_none_is_read(work: Work) -> None:
    counts = [work("GET", "/nowhere", cookie_header(size))[1] for size in (4, 60_000)]
    assert counts[1] - counts[0] < 10


def test_cookies_are_read_in_time_that_grows_as_they_do(work: Work) -> None:
    work("GET", "/cookie", cookie_header(1000))
    counts = [work("GET", "/cookie", cookie_header(size))[1] for size in (0, 20_000, 40_000)]
    assert counts[2] - counts[1] <= 1.1 * (counts[1] - counts[0])


def test_what_python_reads_in_quadratic_time_does_not_reach_it(app: FastAPI) -> None:
    @app.get("/headers")
    async def headers(request: Request) -> list[Any]:
        return [request.headers.get("cookie"), request.headers.get("accept"), request.cookies]

    cookie = r'a="\"\a\\\054\0"; b="x\"; y\";c=\d' + "; d=\"\\\xe9\""
    with Browser(app) as browser:
        sent = {"Cookie": cookie.encode("latin-1"), "Accept": b'text/html;"' + b";" * 900}
        read, accept, cookies = browser.get("/headers", headers=sent).json()
        # Octal escapes are found at once (CVE-2024-7592), and mean the same.
        assert not re.search(r"\\(?![0-3][0-7]{2})[^;]", read)
        assert cookies == cookie_parser(cookie)
        assert accept == sent["Accept"].decode()
        sent["Accept"] += b";" * 900
        assert browser.get("/headers", headers=sent).json()[1] is None


def test_of_endless_errors_a_422_looks_at_the_first_ones(work: Work) -> None:
    number = 100_000
    status, calls = work("PUT", "/numbers", body=b"[" + b'"x",' * number + b"1]")
    assert status == 422
    # FastAPI itself makes two for each.
    assert calls < 2.1 * number
