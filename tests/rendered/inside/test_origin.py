"""Requests from other origins: refused before anything is looked up."""

import itertools
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response, WebSocket
from starlette.testclient import WebSocketDenialResponse

from app.kit import Cookie, KitSettings, protect
from tests.kit.browser import Browser

UNSAFE = ["POST", "PUT", "PATCH", "DELETE"]
OTHERS: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "Same-Origin"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.app.example"},
    {"Origin": "https://app.example.evil.example"},
    {"Origin": "https://app.example:8443"},
    {"Origin": "http://app.example"},
    {"Origin": "https://app.example/"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "https://", "Host": ""},
]
OWN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://app.example"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://app.example"},
    {"Origin": "https://app.example", "Host": "APP.example:443"},
]


CHANGED: list[str] = []


def with_routes(app: FastAPI) -> FastAPI:
    cookie = Cookie("tested", str, purpose="Tested here.")
    CHANGED.clear()

    @app.api_route("/change", methods=UNSAFE)
    async def change(request: Request, response: Response) -> None:
        CHANGED.append(request.method)
        cookie.set(response, "1")

    @app.get("/read")
    async def read() -> str:
        return "s3cret"

    @app.get("/fail")
    async def fail() -> None:
        raise RuntimeError

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("welcome")
        await websocket.close()

    return app


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    return Browser(with_routes(app))


@pytest.mark.parametrize("headers", OTHERS, ids=str)
def test_v3_5_1_an_unsafe_request_from_another_origin_is_refused(
    browser: Browser, headers: dict[str, str]
) -> None:
    for method, path in itertools.product(UNSAFE, ["/change", "/read", "/nowhere"]):
        response = browser.request(method, path, headers=headers)
        assert response.status_code == 403
        assert "TRUSTED_ORIGINS" in response.json()["detail"]
        assert "set-cookie" not in response.headers
    assert CHANGED == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_passes_from_anywhere(browser: Browser, method: str) -> None:
    answer = browser.request(method, "/read", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == (405 if method != "GET" else 200)


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_an_unsafe_request_of_ones_own_or_of_no_browser_passes(
    browser: Browser, headers: dict[str, str]
) -> None:
    for method in UNSAFE:
        assert browser.request(method, "/change", headers=headers).status_code == 200
    assert CHANGED == UNSAFE


@pytest.mark.parametrize(
    "body",
    [
        {"content": '{"username": "ada"}', "headers": {"Content-Type": "text/plain"}},
        {"data": {"username": "ada"}},
        {"files": {"username": b"ada"}},
        {},
    ],
    ids=["text", "urlencoded", "multipart", "none"],
)
def test_v3_5_1_no_form_of_another_site_changes_anything(
    browser: Browser, body: dict[str, Any]
) -> None:
    headers = {**body.get("headers", {}), "Sec-Fetch-Site": "cross-site"}
    assert browser.post("/change", **{**body, "headers": headers}).status_code == 403
    assert CHANGED == []


def connect(browser: Browser, headers: dict[str, str]) -> str:
    with browser.websocket_connect("wss://app.example/socket", headers=headers) as socket:
        return socket.receive_text()


@pytest.mark.parametrize("headers", OTHERS, ids=str)
def test_v3_5_1_a_websocket_handshake_from_another_origin_is_refused(
    browser: Browser, headers: dict[str, str]
) -> None:
    with pytest.raises(WebSocketDenialResponse) as refused:
        connect(browser, headers)
    assert refused.value.status_code == 403


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_a_websocket_handshake_of_ones_own_passes(
    browser: Browser, headers: dict[str, str]
) -> None:
    assert connect(browser, headers) == "welcome"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://192.168.1.5:8000", 200),
        ("http://192.168.1.5:9000", 403),
        ("http://192.168.1.6:8000", 403),
    ],
)
def test_over_plain_http_on_a_lan_address_the_origin_decides(origin: str, status: int) -> None:
    app = FastAPI()
    protect(app, KitSettings(fastapi_env="development", cookies_over_http=True))
    browser = Browser(with_routes(app), "http://192.168.1.5:8000")
    assert browser.post("/change", headers={"Origin": origin}).status_code == status


def test_a_forwarded_host_that_the_client_made_up_is_not_believed(browser: Browser) -> None:
    headers = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}
    assert browser.post("/change", headers=headers).status_code == 403


TRUSTED = "https://www.app.example"


@pytest.fixture
def with_trust() -> Browser:
    app = FastAPI()
    protect(app, KitSettings(trusted_origins=[TRUSTED]))
    return Browser(with_routes(app), raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/change", "/fail", "/nowhere"])
def test_a_trusted_origin_may_write_and_read_errors_too(with_trust: Browser, path: str) -> None:
    headers = {"Sec-Fetch-Site": "same-site", "Origin": TRUSTED}
    method = "POST" if path == "/change" else "GET"
    response = with_trust.request(method, path, headers=headers)
    assert response.status_code in {200, 404, 500}
    assert response.headers["access-control-allow-origin"] == TRUSTED
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["access-control-expose-headers"] == "Retry-After"


@pytest.mark.parametrize("header", ["content-type", "traceparent, baggage", "x-requested-with"])
def test_a_trusted_origin_may_send_any_header(with_trust: Browser, header: str) -> None:
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": header}
    preflight = with_trust.options("/change", headers={"Origin": TRUSTED, **asked})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-headers"] == header


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_a_trusted_origin_may_use_any_method(with_trust: Browser, method: str) -> None:
    asked = {"Origin": TRUSTED, "Access-Control-Request-Method": method}
    status = with_trust.options("/change", headers=asked).status_code
    assert status == (400 if method == "TRACE" else 200)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{TRUSTED}.evil.example", "*", f"{TRUSTED}:8443"]
)
def test_v3_5_1_no_other_origin_gains_anything_from_that(with_trust: Browser, origin: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": origin}
    assert with_trust.post("/change", headers=headers).status_code == 403
    assert "access-control-allow-origin" not in with_trust.get("/read", headers=headers).headers


# What a proxy in front makes of a request of this app's own page, and of the page of another.
AT_FAULT: list[tuple[str, dict[str, str], list[str], list[str]]] = [
    (  # nginx without `proxy_set_header Host`
        "http://app:8000",
        {"Origin": "https://shop.example"},
        ["https://shop.example", "http://app:8000", "pass on the Host", "X-Forwarded-Proto"],
        [],
    ),
    (  # the same, with X-Forwarded-Proto
        "https://127.0.0.1:8000",
        {"Origin": "https://shop.example"},
        ["https://shop.example", "https://127.0.0.1:8000", "$http_host", "TRUSTED_ORIGINS"],
        ["X-Forwarded-Proto"],
    ),
    (  # $host, which has no port
        "https://shop.example",
        {"Origin": "https://shop.example:8443"},
        ["https://shop.example:8443", "https://shop.example.", "$http_host"],
        ["X-Forwarded-Proto"],
    ),
    *(
        (  # X-Forwarded-Proto is missing, or comes from whom the server does not trust
            f"http://{host}",
            {"Origin": "https://shop.example"},
            ["https://shop.example", f"http://{host}.", "X-Forwarded-Proto", "FORWARDED_ALLOW_IPS"],
            ["TRUSTED_ORIGINS", "$http_host"],
        )
        for host in ("shop.example", "shop.example:443", "shop.example:80")
    ),
    *(
        (  # another origin, as the browser says, or none that is worth showing
            "https://shop.example",
            headers,
            ["another origin", "TRUSTED_ORIGINS", "CORS"],
            ["X-Forwarded-Proto", "$http_host", *(set(headers.values()) - {""})],
        )
        for headers in (
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
            {"Origin": "http://shop.example"},
            {"Origin": "null"},
            {"Origin": "https://evil.example/<script>"},
            {"Origin": "https://" + "a" * 300},
            {"Origin": ""},
        )
    ),
]


@pytest.mark.parametrize(("arrived", "headers", "said", "unsaid"), AT_FAULT)
def test_a_refusal_says_what_differs_and_what_the_proxy_has_to_pass(
    app: FastAPI, arrived: str, headers: dict[str, str], said: list[str], unsaid: list[str]
) -> None:
    browser = Browser(with_routes(app), arrived)
    headers = {**headers, "Host": arrived.partition("//")[2]}
    answer = browser.post("/change", headers=headers).json()
    assert [each for each in said if each not in answer["detail"]] == []
    assert [each for each in unsaid if each in answer["detail"]] == []
    socket = f"{arrived.replace('http', 'ws', 1)}/socket"
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        browser.websocket_connect(socket, headers=headers),
    ):
        pass
    assert refused.value.json() == answer


def test_a_host_that_is_no_host_is_not_shown(browser: Browser) -> None:
    for host in ("<script>", "a" * 300, "\"", ""):
        headers = {"Origin": "https://shop.example", "Host": host}
        detail = browser.post("/change", headers=headers).json()["detail"]
        assert host == "" or host not in detail
        assert "TRUSTED_ORIGINS" in detail
