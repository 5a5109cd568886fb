"""One test for each trap that cookies lay: it fails when the trap is back."""

import json
import re
import traceback
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import pytest
from fastapi import (
    BackgroundTasks,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Request,
    Response,
    WebSocket,
)
from fastapi import Cookie as CookieParameter
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
from pydantic import AfterValidator, BaseModel, Json
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from app.kit import (
    Cookie,
    InputWithheldError,
    KitSettings,
    Place,
    filtered,
    load,
    protect,
    set_cookie_header,
)
from app.kit.request import KEY, Shared
from tests.kit.browser import Browser, CookieRefusedError, parse

ORIGIN = urlsplit("https://app.example")


class Note(BaseModel):
    text: str


def declare(name: str = "tested", holds: Any = str, **options: Any) -> Cookie[Any]:
    return Cookie(name, holds, **{"purpose": "Tested here.", **options})


@pytest.mark.parametrize(
    "ending", ["object", "response", "redirect", "stream", "error", "422"]
)
def test_what_a_dependency_sets_arrives_however_the_request_ends(
    app: FastAPI, cookies: list[Cookie[str]], ending: str
) -> None:
    async def dependency(response: Response) -> None:
        cookies[0].set(response, "1")

    @app.get("/{ending}")
    async def end(
        ending: str, sets: Annotated[None, Depends(dependency)], number: int = 0
    ) -> Any:
        match ending:
            case "error":
                raise HTTPException(404, "No")
            case "response":
                return JSONResponse({})
            case "redirect":
                return RedirectResponse("/elsewhere", 303)
            case "stream":
                return StreamingResponse(iter(["a"]))
        return {}

    browser = Browser(app)
    response = browser.get(f"/{ending}?number=x" if ending == "422" else f"/{ending}")
    assert [each.name for each in browser.received(response)] == ["first"]
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("own", [False, True])
def test_of_what_is_said_of_a_cookie_or_a_header_the_last_arrives(
    app: FastAPI, cookies: list[Cookie[str]], own: bool
) -> None:
    flash, theme, _ = cookies

    async def dependency(response: Response) -> AsyncIterator[None]:
        flash.set(response, "1")
        theme.set(response, "1")
        response.headers["X-Stage"] = "before"
        yield
        flash.delete(response)
        response.headers["X-Stage"] = "after"

    @app.get("/", dependencies=[Depends(dependency, scope="function")])
    async def operation(response: Response) -> Any:
        returned = JSONResponse({}) if own else response
        flash.set(returned, "2")
        theme.set(returned, "2")
        return returned if own else {}

    browser = Browser(app)
    assert browser.get("/").headers.get_list("x-stage") == ["after"]
    assert (browser.value("first"), browser.value("second")) == (None, "2")


def test_a_middleware_that_answers_otherwise_says_which_cookies_are_lost(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    @app.middleware("http")
    async def replace(request: Request, call_next: Any) -> Response:
        await call_next(request)
        return JSONResponse({})

    @app.get("/")
    async def operation(response: Response) -> None:
        cookies[0].set(response, "1")

    with pytest.warns(RuntimeWarning, match="^Cookies lost: 'first'"):
        Browser(app).get("/")


def test_a_body_that_is_too_large_ends_nothing(app: FastAPI) -> None:
    ran = []

    @app.delete("/")
    async def operation() -> None:
        ran.append("it reads no body")

    answer = Browser(app).request("DELETE", "/", content=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, ran) == (413, [])


def test_after_an_unhandled_error_nothing_is_set(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    @app.get("/fail")
    async def fail(response: Response) -> None:
        cookies[0].set(response, "1")
        raise RuntimeError

    response = Browser(app, raise_server_exceptions=False).get("/fail")
    assert (response.status_code, response.headers.get("set-cookie")) == (500, None)


def test_what_comes_too_late_says_so(app: FastAPI, cookies: list[Cookie[str]]) -> None:
    @app.get("/late")
    async def late(response: Response, tasks: BackgroundTasks) -> None:
        tasks.add_task(cookies[0].set, response, "1")

    with pytest.warns(RuntimeWarning, match="'first' is lost"):
        Browser(app).get("/late")


@pytest.mark.parametrize(
    "options",
    [
        {"name": "__Host-a", "secure": False},
        {"name": "__Host-a", "domain": "app.example"},
        {"name": "__HOST-a", "path": "/a"},
        {"name": "__Host-Http-a", "httponly": False},
        {"samesite": "none", "secure": False},
        {"partitioned": True, "secure": False},
        {"max_age": 401 * 24 * 60 * 60},
        {"path": "/a; Domain=evil.example"},
        {"path": "/a\r\nSet-Cookie: b=1"},
        {"domain": "a.example; Secure"},
        {"domain": ".app.example"},
        {"name": "a;b"},
        {"purpose": ""},
    ],
)
def test_a_declaration_that_no_browser_would_keep_is_refused(
    options: dict[str, Any],
) -> None:
    with pytest.raises(ValueError, match=r"^Cookie '"):
        declare(**options)


def test_partitioned_works_on_every_python_and_is_another_place() -> None:
    response = Response()
    declare()
    declare(partitioned=True, samesite="none").set(response, "1")
    assert "; Partitioned; " in response.headers["set-cookie"]
    with pytest.raises(ValueError, match="declared twice"):
        declare()


@pytest.mark.parametrize(
    "options", [{"name": "__Host-a"}, {"path": "/a", "domain": "app.example"}]
)
def test_a_deletion_has_what_makes_a_browser_drop_the_cookie(
    options: dict[str, Any],
) -> None:
    cookie, response = declare(**options), Response()
    cookie.set(response, "1")
    cookie.delete(response)
    kept, deleted = (
        parse(header, ORIGIN) for header in response.headers.getlist("set-cookie")
    )
    assert deleted.is_deletion
    assert deleted.key == kept.key
    assert deleted.attributes.keys() >= kept.attributes.keys()


def test_a_cookie_that_moved_ends_where_it_was() -> None:
    response = Response()
    declare(partitioned=True, formerly=(Place(),)).set(response, "1")
    sent = [parse(header, ORIGIN) for header in response.headers.getlist("set-cookie")]
    assert [each.is_deletion for each in sent] == [True, False]


@pytest.mark.parametrize("text", ['"quoted"; a, b\\', "Zoë Ω 🍪", "\x00\r\n", "%41"])
def test_any_value_travels_unharmed_and_a_script_reads_it(text: str) -> None:
    cookie = declare(holds=Note)
    encoded = cookie.encode(Note(text=text))
    cookie_octets = r"[!#-+\--:<-\[\]-~]*"  # RFC 10025, section 4.1.1
    assert re.fullmatch(cookie_octets, encoded)
    assert cookie.decode(encoded) == Note(text=text)
    # unquote is decodeURIComponent, json.loads is JSON.parse.
    assert json.loads(unquote(encoded)) == {"text": text}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        # Starlette's set_cookie and http.cookies.
        ('"a\\054b c\\"d \\373"', 'a,b c"d û'),
        # A script that encodes nothing.
        ("Zoë, 100%".encode().decode("latin-1"), "Zoë, 100%"),
        ("Zo\xeb", None),  # no UTF-8
        ('"\\303\\253"', None),  # of Werkzeug, or two letters of http.cookies
    ],
)
def test_what_somebody_else_wrote_is_read_or_counts_as_absent(
    raw: str, text: str | None
) -> None:
    assert declare().decode(raw) == text


def test_a_value_that_browsers_would_drop_is_refused_without_being_shown() -> None:
    with pytest.raises(
        ValueError, match="browsers drop a cookie of more than 4096"
    ) as refusal:
        declare().encode("s3cret" * 1000)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (b"__Host-a=1", "1"),
        (b"\xa0__Host-a=evil; __Host-a=1", "1"),
        (b"\x85__Host-a=evil", None),
        (b"__Host-a", None),  # a cookie without a name
        (b"__Host-a=1; __Host-a=2", None),
        (b"__Host-a=%ff", None),
    ],
)
@pytest.mark.anyio
async def test_a_cookie_is_read_by_its_exact_name_and_only_if_there_is_no_other_one(
    app: FastAPI, header: bytes, value: str | None
) -> None:
    state = Shared(app)  # no client of ours sends such bytes as they are
    connection = HTTPConnection(
        {"type": "http", "headers": [(b"cookie", header)], KEY: state}
    )
    assert await declare("__Host-a").read(connection) == value
    assert state.reads_cookies


def test_an_answer_that_depends_on_a_cookie_says_so(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    @app.get("/read")
    async def read(found: Annotated[str | None, Depends(cookies[0].read)]) -> None: ...

    assert Browser(app).get("/read").headers["vary"] == "Cookie"


def test_no_error_of_fastapis_shows_a_cookie(app: FastAPI) -> None:
    def quote(value: str) -> str:
        raise ValueError(f"{value} is wrong")

    @app.get("/422")
    async def fail(
        token: Annotated[str, AfterValidator(quote), CookieParameter()],
        cookie: Annotated[str, AfterValidator(quote), Header()],
        both: Annotated[Json[dict[str, int]], CookieParameter()],
    ) -> None: ...

    @app.websocket("/socket")
    async def socket(
        websocket: WebSocket, token: Annotated[int, CookieParameter()]
    ) -> None: ...

    @app.get("/log")
    async def log(request: Request) -> None:
        Note.model_validate({"texts": request.cookies["token"]})

    browser, headers = Browser(app), {"Cookie": 'token=s3cret; both={"s3cret":"x"}'}
    response = browser.get("/422", headers=headers)
    assert (response.status_code, len(response.json()["detail"])) == (422, 3)
    assert "s3cret" not in response.text
    with (
        pytest.raises(WebSocketDisconnect) as refusal,
        browser.websocket_connect("/socket", headers=headers),
    ):
        pass
    assert "s3cret" not in str(refusal.value.reason)
    with pytest.raises(InputWithheldError) as error:
        browser.get("/log", headers=headers)
    assert "s3cret" not in "".join(traceback.format_exception(error.value))


def test_what_the_client_must_not_see_is_filtered_from_a_response_of_ones_own() -> None:
    assert filtered(list[Note], [{"text": "a", "secret": "b"}]) == [{"text": "a"}]


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://app.example"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://app.example:8443"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://app.example"}, False),
        ({"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}, False),
        ({"Origin": "http://app.example", "X-Forwarded-Proto": "http"}, False),
    ],
)
def test_v3_5_1_no_page_of_another_origin_changes_anything(
    app: FastAPI, headers: dict[str, str], allowed: bool
) -> None:
    methods = ["POST", "PUT", "PATCH", "DELETE"]

    @app.api_route("/change", methods=methods)
    async def change() -> None: ...

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    browser = Browser(app)
    answers = {
        browser.request(each, "/change", headers=headers).status_code
        for each in methods
    }
    assert answers == {200 if allowed else 403}
    try:
        with browser.websocket_connect("wss://app.example/socket", headers=headers):
            assert allowed
    except WebSocketDenialResponse as refusal:
        assert (refusal.status_code, allowed) == (403, False)


def test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read() -> None:
    app = FastAPI()
    protect(app, KitSettings(trusted_origins=["https://spa.example"]))
    browser = Browser(app)
    siblings = [
        "https://evil.spa.example",
        "https://evilspa.example",
        "https://evil.app.example",
    ]
    alike = [
        "http://spa.example",
        "https://spa.example:8443",
        "https://spa.example.evil.example",
    ]
    for origin in (
        "https://spa.example",
        "https://evil.example",
        "null",
        *siblings,
        *alike,
    ):
        allowed = origin == "https://spa.example"
        headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        assert browser.post("/", headers=headers).status_code == (
            404 if allowed else 403
        )
        answer = browser.get("/", headers=headers)
        assert answer.headers.get("access-control-allow-origin") == (
            origin if allowed else None
        )


def test_over_plain_http_cookies_work_in_development_and_only_if_asked_for() -> None:
    cookie = declare("__Host-Http-a")
    lan = "http://192.168.1.5:8000"
    for settings in (
        KitSettings(),
        KitSettings(fastapi_env="development", cookies_over_http=True),
    ):
        app = FastAPI()
        protect(app, settings)

        @app.get("/set")
        async def set_it(response: Response) -> None:
            cookie.set(response, "1")

        @app.get("/read")
        async def read(
            found: Annotated[str | None, Depends(cookie.read)],
        ) -> str | None:
            return found

        browser = Browser(app, lan)
        if settings.cookies_over_http:
            browser.get("/set")
            assert browser.get("/read").json() == "1"
        else:
            with pytest.raises(CookieRefusedError, match="Secure over plain HTTP"):
                browser.get("/set")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COOKIES_OVER_HTTP", "true"),
        ("TRUSTED_ORIGINS", '["*"]'),
        ("TRUSTED_ORIGINS", '["null"]'),
        ("TRUSTED_ORIGINS", '["https://*.spa.example"]'),
    ],
)
def test_a_setting_that_would_take_a_protection_away_stops_the_app_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=f"^Settings: {name}"):
        protect(FastAPI(), load(KitSettings))


def test_the_openapi_document_shows_the_cookies(
    app: FastAPI, cookies: list[Cookie[str]]
) -> None:
    @app.get("/read", responses={200: {"headers": set_cookie_header(cookies[1])}})
    async def read(value: Annotated[str | None, Depends(cookies[0].read)]) -> None: ...

    operation = app.openapi()["paths"]["/read"]["get"]
    assert [(each["in"], each["name"]) for each in operation["parameters"]] == [
        ("cookie", "first")
    ]
    assert (
        "`second=…;"
        in operation["responses"]["200"]["headers"]["Set-Cookie"]["description"]
    )
