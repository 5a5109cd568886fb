"""The tests' browser refuses what real ones refuse: otherwise it would prove nothing.

Real ones are asked by the template's `tests/browsers/test_table.py`.
"""

from urllib.parse import urlsplit

import pytest
from app.kit import Cookie
from fastapi import FastAPI, Response
from tests.kit.browser import Browser, CookieRefusedError, parse

HTTPS = urlsplit("https://app.example")
HTTP = urlsplit("http://app.example")


@pytest.mark.parametrize(
    "set_cookie",
    [
        "a=1; Path=/; SameSite=lax",
        "a=; Path=/; SameSite=strict; Max-Age=0; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "__Host-Http-a=1; Path=/; SameSite=lax; Secure; HttpOnly",
        "a=1; Path=/x; SameSite=none; Secure; Partitioned; Domain=app.example",
        "a; Path=/; SameSite=lax",
        "=1; Path=/; SameSite=lax",
        "a b=1; Path=/; SameSite=lax",
        'a="1"; Path=/; SameSite=lax',
        "a=1,2; Path=/; SameSite=lax",
        "a=\\054; Path=/; SameSite=lax",
        "a=é; Path=/; SameSite=lax",
        f"a=1; Path=/{'x' * 1024}; SameSite=lax",
        "a=1; Path=/; SameSite=lax; Colour=red",
        "a=1; Path=/; Path=/; SameSite=lax",
        "a=1; Path=/; SameSite=lax; Secure=yes",
        "a=1; Path=/; SameSite=lax; Max-Age=34560001",
        "a=1; Path=/; SameSite=lax; Max-Age=1.5",
        "a=1; SameSite=lax",
        "a=1; Path=x; SameSite=lax",
        "a=1; Path=/",
        "a=1; Path=/; SameSite=never",
    ],
)
def test_a_cookie_that_browsers_keep_is_taken(set_cookie: str) -> None:
    assert parse(set_cookie, HTTPS).attributes["path"].startswith("/")


@pytest.mark.parametrize(
    "set_cookie",
    [
        "a=1\t2; Path=/; SameSite=lax",
        "; Path=/; SameSite=lax",
        "=__Host-a; Path=/; SameSite=lax",
        f"a={'1' * 4096}; Path=/; SameSite=lax",
        "a=1; Path=/; SameSite=none",
        "a=1; Path=/; SameSite=lax; Partitioned",
        "a=1; Path=/; SameSite=lax; Domain=other.example",
        "a=1; Path=/; SameSite=lax; Domain=example",
        "__Secure-a=1; Path=/; SameSite=lax",
        "__HOST-a=1; Path=/; SameSite=lax",
        "__Host-a=1; Path=/x; SameSite=lax; Secure",
        "__Host-a=1; Path=/; SameSite=lax; Secure; Domain=app.example",
        "__Http-a=1; Path=/; SameSite=lax; Secure",
        "__Host-Http-a=1; Path=/; SameSite=lax; Secure",
    ],
)
def test_a_cookie_that_browsers_drop_is_refused(set_cookie: str) -> None:
    with pytest.raises(CookieRefusedError):
        parse(set_cookie, HTTPS)


def test_a_secure_cookie_is_refused_over_plain_http_but_from_localhost() -> None:
    secure = "a=1; Path=/; SameSite=lax; Secure"
    with pytest.raises(CookieRefusedError):
        parse(secure, HTTP)
    assert parse(secure, urlsplit("http://localhost:8000")).name == "a"


@pytest.mark.parametrize(
    "attributes",
    [
        "Max-Age=0",
        "Max-Age=-1",
        "Max-Age=0; Expires=Sat, 01 Jan 2050 00:00:00 GMT",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Max-Age=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ],
)
def test_what_has_expired_is_a_deletion(attributes: str) -> None:
    assert parse(f"a=; {attributes}", HTTPS).is_deletion
    assert not parse(f"a=; {attributes}; Max-Age=1", HTTPS).is_deletion


def test_one_name_twice_in_a_response_is_refused() -> None:
    bare = FastAPI()

    @bare.get("/twice")
    async def twice(response: Response) -> None:
        response.set_cookie("a", "1")
        response.set_cookie("a", "2")

    with pytest.raises(CookieRefusedError):
        Browser(bare).get("/twice")


def test_a_cookie_is_sent_to_its_path_only_and_until_it_is_deleted() -> None:
    bare = FastAPI()

    cookie = Cookie("a", str, purpose="Tested here.", path="/in")

    @bare.get("/in/set")
    async def set_it(response: Response) -> None:
        cookie.set(response, "1")

    @bare.get("/in/delete")
    async def delete_it(response: Response) -> None:
        cookie.delete(response)

    browser = Browser(bare)
    assert "cookie" not in browser.get("/in/set").request.headers
    assert browser.get("/in").request.headers["cookie"] == "a=1"
    assert "cookie" not in browser.get("/inside").request.headers
    assert browser.get("/in/delete").request.headers["cookie"] == "a=1"
    assert "cookie" not in browser.get("/in").request.headers
