"""Where the session's dependencies work, and what they say in OpenAPI."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, WebSocket
from starlette.testclient import WebSocketDenialResponse

from app.sessions import CurrentSession, FreshSession, OptionalSession, current_session
from tests.kit.browser import Browser
from tests.conftest import Clock

PERSONAL = {
    "cache-control": "no-store",
    "vary": "Cookie",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture
def app(app: FastAPI, tmp_path: Path) -> FastAPI:
    @app.get("/optional")
    async def optional(session: OptionalSession) -> str | None:
        return session.user if session else None

    @app.get("/current")
    async def current(session: CurrentSession, error: int | None = None) -> str:
        if error is not None:
            raise HTTPException(error)
        return session.user

    @app.get("/fresh")
    async def fresh(session: FreshSession) -> str:
        return session.user

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, session: CurrentSession) -> None:
        await websocket.accept()
        await websocket.send_text(session.user)
        await websocket.close()

    (tmp_path / "members").mkdir()
    (tmp_path / "members" / "index.html").write_text("members only")
    members = APIRouter(prefix="/members", dependencies=[Depends(current_session)])
    members.frontend("/", directory=tmp_path / "members")

    @members.get("/names")
    async def names() -> list[str]:
        return ["ada"]

    app.include_router(members)
    return app


def test_an_optional_session_is_none_where_nobody_is_signed_in(signed_in: Browser) -> None:
    assert signed_in.get("/optional").json() == "ada"
    assert signed_in.another().get("/optional").json() is None


def test_a_current_session_is_demanded_with_a_401(signed_in: Browser) -> None:
    assert signed_in.get("/current").json() == "ada"
    response = signed_in.another().get("/current")
    assert (response.status_code, response.json()) == (401, {"detail": "Sign in first."})


def test_a_fresh_session_is_demanded_with_a_403(signed_in: Browser, clock: Clock) -> None:
    assert signed_in.get("/fresh").json() == "ada"
    clock.time += 600
    assert signed_in.get("/fresh").status_code == 403
    assert signed_in.another().get("/fresh").status_code == 401


def test_a_router_and_its_pages_are_for_members_only(signed_in: Browser) -> None:
    for path, content in (("/members/names", "ada"), ("/members/", "members only")):
        assert content in signed_in.get(path).text
        assert signed_in.another().get(path).status_code == 401


def test_a_websocket_is_for_members_only(signed_in: Browser) -> None:
    cookie = {
        "Cookie": "; ".join(f"{each.name}={each.value}" for each in signed_in.stored.values())
    }
    with signed_in.websocket_connect("/socket", headers=cookie) as socket:
        assert socket.receive_text() == "ada"
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        signed_in.websocket_connect("/socket"),
    ):
        raise AssertionError("the handshake was accepted")
    assert refused.value.status_code == 401


def answers(browser: Browser) -> Iterator[Any]:
    for path in ("/session", "/optional", "/current", "/fresh", "/current?error=404", "/sessions"):
        yield browser.get(path)
    yield browser.get("/current?error=x")
    yield browser.delete("/sessions/none")
    yield browser.post("/session", json={})
    yield browser.delete("/session")


def test_v14_3_2_v3_5_8_what_depends_on_the_session_is_not_stored_or_embedded(
    signed_in: Browser,
) -> None:
    seen = [*answers(signed_in.another()), *answers(signed_in)]
    assert {response.status_code for response in seen} == {200, 204, 401, 404, 422}
    for response in seen:
        assert {name: response.headers.get(name) for name in PERSONAL} == PERSONAL
        assert len(response.headers.get_list("cache-control")) == 1


def test_what_does_not_depend_on_the_session_may_be_stored(signed_in: Browser) -> None:
    assert "cache-control" not in signed_in.get("/preferences").headers


def test_openapi_shows_which_operations_use_the_session(app: FastAPI) -> None:
    document = app.openapi()
    assert document["components"]["securitySchemes"]["session"] == {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-Http-session",
        "description": "Keeps you signed in.",
    }
    secured = {
        f"{method} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("security") == [{"session": []}]
    }
    assert secured == {
        "delete /session",
        "delete /sessions",
        "delete /sessions/{session_id}",
        "get /current",
        "get /fresh",
        "get /members/names",
        "get /optional",
        "get /session",
        "get /sessions",
        "post /session",
        "post /session/confirm",
    }
