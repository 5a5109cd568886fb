"""Whatever a client sends, what parses it holds to what it promises."""

import asyncio
import time
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.requests import HTTPConnection
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.responses import Response

from app.cookies import LOCALE
from app.kit import Cookie, KitSettings, protect
from app.kit.cookie_header import read_raw
from app.kit.request import KEY, Header, Shared
from app.kit.set_cookie import last_of_each_cookie
from app.locale import GREETINGS, settle_locale
from app.main import create_app
from app.settings import Settings
from app.sign_in import SESSION

LIMIT = 64 * 1024  # bytes of headers


class Basket(BaseModel):
    items: int = 0
    names: list[str] = []


NAME = "__Host-fuzzed"
TEXT = Cookie(NAME, str, purpose="Tested here.")
MODEL = Cookie("fuzzed", Basket, purpose="Tested here.")

UNICODE = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
# What means something to some parser of cookies.
MEANINGFUL = [b";", b"=", b",", b" ", b"\t", b'"', b"\\", b"%", b"%2", b"\xa0", b"\x85", b"\0"]
MEANINGFUL += [b"\xff", b"$Version", b"Path=/", b"__Host-fuzzed", b"__host-fuzzed", b"fuzzed"]
MEANINGFUL += [b"{", b'"names":[', b"]", b"}", b"%22", b"1e999", b"__Host-fuzzed=", b"fuzzed={}"]
NOISE = st.lists(st.sampled_from(MEANINGFUL) | st.binary(max_size=4), max_size=30).map(b"".join)
VALUE = st.binary(max_size=20).map(lambda value: value.replace(b";", b"").strip(b" \t"))
# A pair of another name, though it may look like ours.
OTHER = st.builds(
    lambda before, name, value: before + name + b"=" + value,
    st.sampled_from([b"", b" ", b"\xa0", b"\x85", b"\x0b", b"\0", b'"', b"\r", b"\xc2\xa0"]),
    st.sampled_from([b"other", b"__host-fuzzed", b"__Host-fuzzed2", b"__Host-fuzzed\t", b""]),
    VALUE,
).filter(lambda pair: pair.strip(b" \t").partition(b"=")[0] != b"__Host-fuzzed")


def connection(*cookies: bytes) -> HTTPConnection:
    headers = [(b"cookie", cookie) for cookie in cookies]
    return HTTPConnection({"type": "http", "headers": headers, KEY: Shared(FastAPI())})


def read(cookie: Cookie[Any], *headers: bytes) -> Any:
    return asyncio.run(cookie.read(connection(*headers)))


@given(st.lists(NOISE, max_size=3))
def test_any_cookie_header_holds_a_value_or_none(headers: list[bytes]) -> None:
    assert isinstance(read(TEXT, *headers), str | None)
    assert isinstance(read(MODEL, *headers), Basket | None)


@given(UNICODE, st.lists(OTHER, max_size=5), st.lists(OTHER, max_size=5), st.booleans())
def test_what_was_set_is_read_whatever_stands_around_it(
    text: str, before: list[bytes], after: list[bytes], in_two_headers: bool
) -> None:
    pair = f"{NAME}={TEXT.encode(text)}".encode()
    whole = b"; ".join([*before, pair, *after])
    headers = [b";".join([*before, pair]), b";".join(after)] if in_two_headers else [whole]
    assert read(TEXT, *headers) == text


@given(st.text(st.characters(max_codepoint=255), max_size=30))
def test_what_http_cookies_put_in_quotes_is_read_or_can_be_another_writers(text: str) -> None:
    _, written = SimpleCookie().value_encode(text)  # as Starlette's set_cookie and Django do
    if written.startswith('"'):
        is_ambiguous = not text.isascii() and _is_utf_8(text.encode("latin-1"))
        assert read(TEXT, f"{NAME}={written}".encode()) == (None if is_ambiguous else text)


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@given(st.lists(VALUE, min_size=1, max_size=4), st.lists(OTHER, max_size=3))
def test_of_several_that_differ_none_is_believed(values: list[bytes], others: list[bytes]) -> None:
    pairs = [b"__Host-fuzzed=" + value for value in values]
    expected = values[0].decode("latin-1") if len(set(values)) == 1 else None
    assert read_raw(connection(b";".join([*others, *pairs])), NAME) == expected
    assert read_raw(connection(*pairs, *others), NAME) == expected


@given(st.integers(), st.lists(st.text(max_size=20), max_size=5))
def test_a_model_is_read_back_or_refused_when_it_is_set(items: int, names: list[str]) -> None:
    basket = Basket(items=items, names=names)
    try:
        raw = MODEL.encode(basket)
    except ValueError:
        return
    assert read(MODEL, b"fuzzed=" + raw.encode("ascii")) == basket


# --- Set-Cookie -----------------------------------------------------------------------------------

ATTRIBUTE = st.sampled_from(
    ["Path=/", "path = /", "PATH=/a", "Domain=example.com", "domain=.EXAMPLE.com", "Domain=",
     "Domain", "Partitioned", "partitioned=", "PARTITIONED=x", "Secure", "Max-Age=0", "x=;", ""]
)  # fmt: skip
SET_COOKIE = st.builds(
    lambda name, value, attributes, space: f";{space}".join([f"{name}={value}", *attributes]),
    st.sampled_from(["a", "A", "b", " a "]),
    st.integers(0, 9),
    st.lists(ATTRIBUTE, max_size=4),
    st.sampled_from(["", " ", "\t "]),
).map(lambda text: (b"set-cookie", text.encode()))


def jar(headers: list[Header]) -> dict[tuple[str, ...], str]:
    """Return what a browser keeps (RFC 10025, sections 5.6 and 5.7; CHIPS)."""
    kept: dict[tuple[str, ...], str] = {}
    for _, content in headers:
        pair, *attributes = content.decode().split(";")
        found = {"domain": "", "path": "", "partitioned": ""}
        for attribute in attributes:
            name, _, value = (part.strip(" \t") for part in attribute.partition("="))
            if name.lower() == "partitioned":
                found["partitioned"] = "yes"
            elif name.lower() in found:
                found[name.lower()] = (
                    value.lower().removeprefix(".") if name.lower() == "domain" else value
                )
        name, _, value = pair.partition("=")
        kept[name.strip(" \t"), *found.values()] = value.strip()
    return kept


@given(st.lists(SET_COOKIE, max_size=8))
def test_a_browser_keeps_the_same_with_the_last_of_each_cookie(headers: list[Header]) -> None:
    sent = last_of_each_cookie(Shared(FastAPI()), 200, [(b"vary", b"x"), *headers])
    assert jar(sent[1:]) == jar(headers)
    assert len(sent[1:]) == len(jar(headers))
    assert sent[0] == (b"vary", b"x")


@given(st.lists(st.binary(max_size=40)))
def test_any_set_cookie_header_passes(contents: list[bytes]) -> None:
    headers = [(b"set-cookie", content) for content in contents]
    once = last_of_each_cookie(Shared(FastAPI()), 200, headers)
    assert last_of_each_cookie(Shared(FastAPI()), 200, once) == once
    assert set(once) <= set(headers)


# --- Accept-Language ------------------------------------------------------------------------------

LANGUAGE = st.sampled_from(["de", "DE-at", "fr", "en-US", "xx", "*", "", "de-", "ß", "d\u0307e"])
QUALITY = st.sampled_from(
    ["", ";q=1", ";q=0", "; q = 0.5", ";q=nan", ";q=inf", ";q=-inf", ";q=1e999", ";q=1_0", ";q=",
     ";q=0x1", ";q=\u0661", ";q=0.5;q=1", ";Q=0.1", ";q=-1", ";q=" + "9" * 400]
)  # fmt: skip
ACCEPT = st.lists(st.builds(str.__add__, LANGUAGE, QUALITY) | st.text(max_size=10)).map(",".join)


def settle(accept_language: str, remembered: str | None = None) -> tuple[str, Response]:
    response = Response()
    locale = asyncio.run(settle_locale(response, remembered, accept_language))
    return locale, response


@given(ACCEPT, st.none() | UNICODE | st.sampled_from(sorted(GREETINGS)))
def test_any_accept_language_settles_a_locale(accept: str, remembered: str | None) -> None:
    locale, response = settle(accept, remembered)
    assert locale in GREETINGS
    assert response.headers["content-language"] == locale
    assert (LOCALE.name in response.headers.get("set-cookie", "")) == (locale != remembered)
    if remembered in GREETINGS:
        assert locale == remembered


@given(ACCEPT, st.integers(0, 5))
def test_a_language_that_nobody_speaks_changes_nothing(accept: str, place: int) -> None:
    choices = accept.split(",")
    choices.insert(place, "xx;q=1")
    assert settle(",".join(choices))[0] == settle(accept)[0]


# --- All of it ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., int]]:
    """Return a function that sends a GET to the app, as a server does; it returns the status."""
    store = f"sqlite:///{tmp_path_factory.mktemp('store')}/sessions.db"
    app = create_app(Settings(session_store=store))
    with asyncio.Runner() as runner:

        async def get(path: str, headers: list[Header]) -> int:
            sent: list[Any] = []
            to_come = [{"type": "http.request", "body": b"", "more_body": False}]

            async def receive() -> dict[str, Any]:
                while not to_come:
                    await asyncio.sleep(60)  # a client that waits
                return to_come.pop()

            async def send(message: Any) -> None:
                sent.append(message)

            scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": path}
            scope |= {"raw_path": path.encode(), "query_string": b"", "scheme": "https"}
            scope |= {"root_path": "", "headers": headers, "client": ("192.0.2.1", 1), "state": {}}
            await app(scope, receive, send)
            return int(sent[0]["status"])

        yield lambda *arguments: runner.run(get(*arguments))
        runner.run(app.state.sessions.store.close())


PATHS = {"/welcome": 200, "/preferences": 200, "/session": 401, "/sessions": 401, "/health": 200}
PATHS |= {"/nowhere": 404, "/": 200}
SESSION_NOISE = st.builds(lambda noise: SESSION.name.encode() + b"=" + noise, NOISE)


@given(
    st.sampled_from(sorted(PATHS)),
    st.lists(NOISE | SESSION_NOISE, max_size=3),
    st.binary(max_size=30),
    st.sampled_from([b"accept-language", b"accept", b"origin", b"host", b"user-agent", b"range"]),
)
def test_any_headers_are_answered_as_without_them(
    ask: Callable[..., int], path: str, cookies: list[bytes], content: bytes, name: bytes
) -> None:
    headers = [(b"host", b"app.example"), *((b"cookie", cookie) for cookie in cookies)]
    status = ask(path, [*headers, (name, content)])
    assert status == PATHS[path] or (path, name) in {("/", b"range")}


# --- Time -----------------------------------------------------------------------------------------

PARSERS: dict[str, Callable[[str], object]] = {
    "cookie": lambda text: read(TEXT, text.encode("latin-1")),
    "model": lambda text: read(MODEL, b"fuzzed=" + text.encode("latin-1")),
    "identity": lambda text: last_of_each_cookie(
        Shared(FastAPI()), 200, [(b"set-cookie", text.encode("latin-1"))] * 2
    ),
    "language": lambda text: settle(text),
}


@pytest.mark.parametrize("parser", PARSERS)
@given(
    text=st.lists(
        st.sampled_from([";", "=", ",", " ", "\t", "%", "%2", "%22", '"', "[", "{", "a", "-", "q=", "1",
                         "9", ";q=", "\xa0", "__Host-fuzzed=", "\\", "\\374", "\\303\\274", "%u0416"]),
        min_size=1, max_size=6,
    ).map("".join)
)  # fmt: skip
def test_no_parser_takes_time_that_grows_faster_than_its_input(parser: str, text: str) -> None:
    whole = (text * LIMIT)[:LIMIT]

    def seconds(text: str) -> float:
        # Those of this process: others may keep the machine busy.
        start = time.process_time()
        PARSERS[parser](text)
        return time.process_time() - start

    best = float("inf")
    for _ in range(3):
        if (best := min(best, seconds(whole))) < 0.25:
            return
    # What is quadratic takes seconds here, and 16 times as long as for a quarter of it. What is
    # not takes so long on a slow machine only, and 4 times as long as a quarter.
    quarter = min(seconds(whole[: LIMIT // 4]) for _ in range(3))
    assert best < 10 * quarter, f"{best} s, and {quarter} s for a quarter, for {text!r} repeated"
