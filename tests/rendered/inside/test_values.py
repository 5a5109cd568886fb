"""What somebody else wrote into a cookie is read as what it is, or counts as absent."""

import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from fastapi import FastAPI, Response
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from app.kit import Cookie
from app.kit.request import KEY, Shared


class Look(BaseModel):
    theme: str
    note: str = ""


def text() -> Cookie[str]:
    return Cookie("tested", str, purpose="Tested here.")


def model() -> Cookie[Look]:
    return Cookie("tested", Look, purpose="Tested here.")


async def read(cookie: Cookie[Any], value: bytes) -> Any:
    """Return what a request with these bytes brings."""
    scope = {"type": "http", "headers": [(b"cookie", b"tested=" + value)], KEY: Shared(FastAPI())}
    return await cookie.read(Request(scope))


def written_by_starlette(value: str) -> bytes:
    """Return the bytes that a browser stores, and sends, of what Starlette sets."""

    async def endpoint(request: Request) -> Response:
        response = Response()
        response.set_cookie("tested", value)
        return response

    sent = TestClient(Starlette(routes=[Route("/", endpoint)])).get("/").headers.raw
    [header] = [content for name, content in sent if name == b"set-cookie"]
    return header.partition(b"=")[2].partition(b";")[0].strip(b" \t")


STARLETTES = ["", "dark", "x@y.z", "a,b", "a b", 'say "hi"', "back\\slash", "a;b", "a=b", "a/b+c=="]
STARLETTES += [
    "Zoë",
    "ÿþ",
    "100 %",
    "50%, 41%",
    "\x01\t\n",
    "a\\054b",
    "\\",
    '"',
    '"quoted"',
    "%41 b",
]
STARLETTES += [" padded ", json.dumps({"theme": "dark"}), json.dumps("é\n")]


@pytest.mark.anyio
@pytest.mark.parametrize("value", STARLETTES)
async def test_what_starlettes_set_cookie_wrote_is_read(value: str) -> None:
    assert await read(text(), written_by_starlette(value)) == value


@pytest.mark.anyio
@pytest.mark.parametrize("note", ["", "a,b", 'say "hi"; \\', "Zoë", "100%41", "\n"])
async def test_a_model_that_starlettes_set_cookie_wrote_is_read(note: str) -> None:
    look = Look(theme="dark", note=note)
    cookie = model()
    for dumped in (look.model_dump_json(), json.dumps(look.model_dump(), indent=1)):
        assert await read(cookie, written_by_starlette(dumped)) == look


@pytest.mark.anyio
async def test_what_is_set_next_is_ours_again() -> None:
    cookie = text()
    found = await read(cookie, written_by_starlette("x@y.z, Zoë"))
    cookie.set(response := Response(), found)
    [sent] = response.headers.getlist("set-cookie")
    assert sent.startswith("tested=x@y.z%2C%20Zo%C3%AB;")
    assert await read(cookie, sent.partition("=")[2].partition(";")[0].encode()) == found


# Who writes it, the bytes, and what they are; None where nobody can tell.
WRITTEN = [
    ("encodeURIComponent", b"Zo%C3%AB%20%F0%9F%8D%AA%2C%22", 'Zoë 🍪,"'),
    ("encodeURI, which leaves the comma", b"a,b%20%C3%BC", "a,b ü"),
    ("escape, before U+0100", b"Zo%EB", None),
    ("escape, from there on", b"%u0416%20", None),
    ("a script that encodes nothing", "Zoë 🍪".encode(), "Zoë 🍪"),
    ("a script that encodes nothing", "100% ü, 5%20".encode(), "100% ü, 5%20"),
    ("a script that encodes nothing", b"100%", "100%"),
    ("a script's JSON.stringify, or a text with quotes", b'"dark"', None),
    ("a script's JSON.stringify", b'"dark mode"', "dark mode"),
    ("a script's JSON.stringify", '"Zoë \\"a\\""'.encode(), 'Zoë "a"'),
    ("a script's JSON.stringify, of a line break", b'"a\\nb"', None),
    ("js-cookie", b"a%20b%2Cc%3B%25{}[]:@", "a b,c;%{}[]:@"),
    ("Django and http.cookies", b'"a\\054b \\"c\\" \\134 \\373"', 'a,b "c" \\ û'),
    ("Werkzeug", b'"a\\054b\\073"', "a,b;"),
    ("Werkzeug, or http.cookies", b'"Zo\\303\\253"', None),
    ("Werkzeug, or http.cookies, and somebody else", '"Zo\\353 ë"'.encode(), None),
    ("Express", quote('j:{"a":1}', safe="").encode(), 'j:{"a":1}'),
    ("Express, signed", b"s%3Ahello.c2lnbmVk%2Bx", "s:hello.c2lnbmVk+x"),
    ("PHP and Rails, whose space is a plus here", quote_plus("a b+ü").encode(), "a+b+ü"),
    ("ASP.NET Core", b"a%20b%2Bc", "a b+c"),
    ("Go", b'"a b,c"', "a b,c"),
    ("Go, which encodes nothing", b'"a %41"', "a %41"),
    ("nginx", b"CgAAAWUx2QhMPwA2AwMEAg==", "CgAAAWUx2QhMPwA2AwMEAg=="),
    ("HAProxy", b"s1|ZpkRl|ZpkRl", "s1|ZpkRl|ZpkRl"),
    ("itsdangerous", b"eyJhIjoxfQ.ZpkRlA.c2ln-_", "eyJhIjoxfQ.ZpkRlA.c2ln-_"),
    ("bytes of Latin-1", b"Zo\xeb", None),
    ("bytes of Latin-1", b'"Zo\xeb"', None),
    ("half of a character", b"%C3", None),
    ("half of a surrogate pair", b"%ED%A0%80", None),
    ("half of a surrogate pair", b"\xed\xa0\x80", None),
    ("a quote that nobody closed", b'"abc', '"abc'),
    ("a quote that nobody closed", b'"', '"'),
    ("a quote that an escape opens again", b'"abc\\"', None),
    ("quotes within quotes", b'"a"b"', None),
    ("quotes around nothing", b'""', ""),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("writer", "value", "expected"), WRITTEN)
async def test_other_writers_are_read_or_count_as_absent(
    writer: str, value: bytes, expected: str | None
) -> None:
    assert await read(text(), value) == expected, writer


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("value", "note"),
    [
        ('{"theme":"dark","note":"Zoë, 100%41 \\" \\u00e9"}'.encode(), 'Zoë, 100%41 " é'),
        (b"{%22theme%22:%22dark%22}", ""),
        (b"%7B%22theme%22%3A%22dark%22%2C%22note%22%3A%22%25%22%7D", "%"),
        (b'{"theme":"dark","note":"Zo\xeb"}', None),
        (b"j%3A%7B%22theme%22%3A%22dark%22%7D", None),
        (b'"dark"', None),
    ],
)
async def test_a_model_that_somebody_else_wrote_is_read_or_counts_as_absent(
    value: bytes, note: str | None
) -> None:
    expected = None if note is None else Look(theme="dark", note=note)
    assert await read(model(), value) == expected
