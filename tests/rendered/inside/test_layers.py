"""The layers: their order, what a traceback shows of them, and what they look at."""

import asyncio
import traceback
from typing import Annotated, Any

import pytest
from fastapi import Cookie as CookieParameter
from fastapi import Depends, FastAPI, Request, Response
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.kit import Cookie, KitSettings, protect
from tests.kit.browser import Browser


def test_a_traceback_names_every_layer_from_the_outside_in() -> None:
    app = FastAPI()
    options = {"fastapi_env": "development", "cookies_over_http": True}
    protect(app, KitSettings.model_validate(options))

    @app.get("/fail")
    async def fail() -> None:
        raise LookupError("the engine is on fire")

    with pytest.raises(LookupError) as raised:
        Browser(app).get("/fail")
    frames = traceback.extract_tb(raised.value.__traceback__)
    names = [each.name for each in frames if "/app/kit/" in each.filename]
    assert [name for name in names if name != "send_with_changes"] == [
        "protected",
        "input_withheld",
        "response_headers",
        "header_limit",
        "cross_origin_protection",
        "cookies_over_http",
        "temporal_response",
        "body_limit",
        "not_found",
    ]


def test_headers_in_upper_case_count_as_what_they_are(app: FastAPI) -> None:
    @app.get("/")
    async def shout() -> Response:
        response = Response()
        response.raw_headers += [
            (b"Set-Cookie", b"first=1; Path=/"),
            (b"SET-COOKIE", b"first=2; Path=/"),
            (b"Referrer-Policy", b"no-referrer"),
            (b"CACHE-CONTROL", b"no-cache"),
        ]
        return response

    headers = Browser(app).get("/").headers
    assert headers.get_list("set-cookie") == ["first=2; Path=/"]
    assert headers.get_list("referrer-policy") == ["no-referrer"]
    assert headers.get_list("cache-control") == ["no-store"]


async def ask(app: FastAPI, version: str, headers: list[tuple[bytes, bytes]]) -> int:
    """Send a body of 20 bytes, with only these headers; return the status."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * 20, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "http_version": version,
        "method": "POST",
        "path": "/size",
        "raw_path": b"/size",
        "root_path": "",
        "scheme": "https",
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.1", 1),
        "state": {},
    }
    await app(scope, receive, send)
    return int(sent[0]["status"])


async def size(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.mark.parametrize(
    ("version", "headers"),
    [
        ("1.1", [(b"content-length", b"20")]),
        ("1.1", [(b"transfer-encoding", b"chunked")]),
        ("1.0", [(b"content-length", b"20")]),
        # In HTTP/2 and 3, neither is needed.
        ("2", []),
        ("3", []),
    ],
)
def test_a_body_over_the_limit_is_refused_however_it_is_announced(
    version: str, headers: list[tuple[bytes, bytes]]
) -> None:
    app = FastAPI()
    protect(app, KitSettings(max_body_size=10))
    app.post("/size")(size)
    assert asyncio.run(ask(app, version, headers)) == 413


def test_what_is_mounted_has_the_limit_of_bodies_unless_it_sets_its_own() -> None:
    app, plain, larger = FastAPI(), FastAPI(), FastAPI(max_body_size=100)
    protected = FastAPI()
    protect(app, KitSettings(max_body_size=10))
    protect(protected, KitSettings(max_body_size=100))
    for each in (plain, larger, protected):
        each.post("/size")(size)
    app.mount("/starlette", Starlette(routes=[Route("/size", size, methods=["POST"])]))
    app.mount("/plain", plain)
    app.mount("/larger", larger)
    app.mount("/protected", protected)
    browser = Browser(app)
    found = {
        path: [browser.post(f"/{path}/size", content=b"x" * n).status_code for n in (10, 50, 101)]
        for path in ("starlette", "plain", "larger", "protected")
    }
    assert found == {
        "starlette": [200, 413, 413],
        "plain": [200, 413, 413],
        "larger": [200, 200, 413],
        "protected": [200, 200, 413],
    }


def test_the_document_names_each_cookie_once_and_asks_no_more_of_a_request(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    async def inner(value: Annotated[str | None, Depends(cookies[0].read)]) -> None: ...

    @app.get("/once")
    async def once(
        first: Annotated[str | None, Depends(cookies[0].read)],
        again: Annotated[None, Depends(inner)],
        second: Annotated[str | None, Depends(cookies[1].read)],
        third: Annotated[int, CookieParameter()] = 0,
        also_third: Annotated[str | None, Depends(cookies[2].read)] = None,
    ) -> list[str | None]:
        return [first, second]

    @app.get("/hidden", include_in_schema=False)
    async def hidden(value: Annotated[str | None, Depends(cookies[0].read)]) -> None: ...

    app.add_route("/once", size, methods=["POST"], include_in_schema=False)
    for _ in range(2):
        paths = app.openapi()["paths"]
        parameters = paths["/once"]["get"]["parameters"]
        found = [(each["in"], each["name"], each["required"]) for each in parameters]
        expected = [("cookie", name, False) for name in ("first", "second", "third")]
        assert sorted(found) == expected
        assert "/hidden" not in paths
    assert Browser(app).get("/once", headers={"Cookie": "first=a; second=b"}).json() == ["a", "b"]


def test_what_reads_a_cookie_can_be_overridden(app: FastAPI, cookies: list[Cookie[str]]) -> None:
    @app.get("/")
    async def read(value: Annotated[str | None, Depends(cookies[0].read)]) -> str | None:
        return value

    app.dependency_overrides[cookies[0].read] = lambda: "overridden"
    assert Browser(app).get("/", headers={"Cookie": "first=1"}).json() == "overridden"
