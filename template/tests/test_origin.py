"""Requests from other origins: refused before anything is looked up."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from starlette.testclient import WebSocketDenialResponse

from app.main import create_app
from app.origin import SAFE_METHODS
from app.sessions import Sessions
from app.settings import Settings
from tests.browser import Browser
from tests.conftest import CREDENTIALS

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


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("welcome")
        await websocket.close()

    return app


@pytest.mark.parametrize("headers", OTHERS, ids=str)
def test_v3_5_1_an_unsafe_request_from_another_origin_is_refused(
    signed_in: Browser, headers: dict[str, str]
) -> None:
    for method, path in itertools.product(UNSAFE, ["/session", "/preferences", "/nowhere"]):
        response = signed_in.request(method, path, headers=headers)
        assert response.status_code == 403
        assert "TRUSTED_ORIGINS" in response.json()["detail"]
        assert "set-cookie" not in response.headers
    assert signed_in.get("/session").status_code == 200


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_an_unsafe_request_of_ones_own_or_of_no_browser_passes(
    browser: Browser, headers: dict[str, str]
) -> None:
    response = browser.post("/session", json=CREDENTIALS, headers=headers)
    assert response.status_code == 201


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
def test_v3_5_1_a_form_of_another_site_signs_nobody_in(
    browser: Browser, body: dict[str, Any]
) -> None:
    headers = body.pop("headers", {}) | {"Sec-Fetch-Site": "cross-site"}
    assert browser.post("/session", headers=headers, **body).status_code == 403


def test_it_decides_before_the_session_is_looked_up(
    signed_in: Browser, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: Sessions = app.state.sessions

    async def read(key: str) -> None:
        raise AssertionError("the session was looked up")

    monkeypatch.setattr(sessions.store, "read", read)
    response = signed_in.delete("/session", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


@pytest.mark.parametrize("headers", OTHERS, ids=str)
def test_v3_5_1_a_websocket_handshake_from_another_origin_is_refused(
    signed_in: Browser, headers: dict[str, str]
) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        signed_in.websocket_connect("wss://app.example/socket", headers=headers),
    ):
        raise AssertionError("the handshake was accepted")
    assert refused.value.status_code == 403


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_a_websocket_handshake_of_ones_own_passes(
    signed_in: Browser, headers: dict[str, str]
) -> None:
    with signed_in.websocket_connect("wss://app.example/socket", headers=headers) as socket:
        assert socket.receive_text() == "welcome"


def test_over_plain_http_on_a_lan_address_the_origin_decides(settings: Settings) -> None:
    development = {"fastapi_env": "development", "cookies_over_http": True}
    app = create_app(settings.model_copy(update=development))
    with Browser(app, "http://192.168.1.5:8000") as browser:
        for origin, status in (
            ("http://192.168.1.5:8000", 201),
            ("http://192.168.1.5:9000", 403),
            ("http://192.168.1.6:8000", 403),
        ):
            headers = {"Origin": origin}
            assert browser.post("/session", json=CREDENTIALS, headers=headers).status_code == status
        assert browser.get("/session").status_code == 200


TRUSTED = "https://www.app.example"


@pytest.fixture
def with_trust(settings: Settings) -> Iterator[Browser]:
    trusting = settings.model_copy(update={"trusted_origins": [TRUSTED]})
    with Browser(create_app(trusting)) as browser:
        yield browser


def test_a_trusted_origin_may_write_and_read_with_cookies(with_trust: Browser) -> None:
    headers = {"Sec-Fetch-Site": "same-site", "Origin": TRUSTED}
    response = with_trust.delete("/preferences", headers=headers)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == TRUSTED
    assert response.headers["access-control-allow-credentials"] == "true"
    preflight = with_trust.options(
        "/preferences", headers={"Origin": TRUSTED, "Access-Control-Request-Method": "PUT"}
    )
    assert preflight.status_code == 200


def test_v3_5_1_no_other_origin_gains_anything_from_that(with_trust: Browser) -> None:
    for origin in ("https://evil.example", "null", f"{TRUSTED}.evil.example", "*"):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": origin}
        assert with_trust.delete("/preferences", headers=headers).status_code == 403
        assert "access-control-allow-origin" not in with_trust.get("/", headers=headers).headers


def test_no_cors_header_is_ever_sent_to_an_unknown_origin(signed_in: Browser) -> None:
    """Also when somebody adds a CORSMiddleware: "*" and reflection would let any site read."""
    for method in ("GET", "OPTIONS"):
        headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
        response = signed_in.request(method, "/session", headers=headers)
        assert not [name for name in response.headers if name.startswith("access-control-")]


def test_v3_5_3_safe_methods_change_nothing(signed_in: Browser, app: FastAPI) -> None:
    before = signed_in.get("/sessions").json()
    for path in app.openapi()["paths"]:
        for method in SAFE_METHODS:
            response = signed_in.request(method, path.replace("{session_id}", before[0]["id"]))
            # The locale is no secret, and settled by whoever asks first.
            assert [each.name for each in signed_in.received(response)] in ([], ["locale"])
    assert signed_in.get("/sessions").json() == before
