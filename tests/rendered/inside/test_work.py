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
    @app.get("/accept")
    async def accept(request: Request) -> str | None:
        return request.headers.get("accept")

    with Browser(app) as browser:
        sent = 'text/html;"' + ";" * 900
        assert browser.get("/accept", headers={"Accept": sent}).json() == sent
        assert browser.get("/accept", headers={"Accept": sent * 2}).json() is None


@pytest.mark.parametrize("text", [r"\"\a\\\054\0\\", "x", "", "\\", r"\377\400"])
def test_quoted_cookies_are_read_in_linear_time_and_mean_the_same(text: str) -> None:
    expected = unquoted(text)
    assert cookie_parser(f'a="{text}"; b={text}') == {"a": expected, "b": text}
    # In the functions of old Pythons, each escape searches the whole rest once more.
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        cookie_parser('a="' + r"\a" * 1000 + '"')
    finally:
        sys.setprofile(None)
    assert calls < 7000


def unquoted(text: str) -> str:
    """Return what http.cookies has always made of a text in quotes."""
    return re.sub(r"\\([0-3][0-7][0-7]|.)", lambda it: character(it[1]), text)


def character(escaped: str) -> str:
    return chr(int(escaped, 8)) if len(escaped) == 3 else escaped


def test_of_endless_errors_a_422_looks_at_the_first_ones(work: Work) -> None:
    number = 100_000
    status, calls = work("PUT", "/numbers", body=b"[" + b'"x",' * number + b"1]")
    assert status == 422
    # FastAPI itself makes two for each.
    assert calls < 2.1 * number
