"""Where the session's dependencies work, and which headers their answers have."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Response, WebSocket
from starlette.testclient import WebSocketDenialResponse

from app.kit import protect
from app.kit.sessions import Session
from app.kit.sessions.store import Record
from tests.kit.browser import Browser
from tests.kit.sessions.example import (
    PASSWORD,
    All,
    Basket,
    Clock,
    Current,
    Fresh,
    Optional,
    People,
    Settings,
    needs,
)

PERSONAL = {
    "cache-control": "no-store",
    "vary": "Cookie",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture
def app(app: FastAPI, settings: Settings) -> FastAPI:
    @app.get("/optional")
    async def optional(session: Optional, error: int | None = None) -> str | None:
        if error is not None:
            raise HTTPException(error)
        return session.user.name if session else None

    @app.get("/fresh")
    async def fresh(session: Fresh) -> str:
        return session.user.name

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, session: Current) -> None:
        await websocket.accept()
        await websocket.send_text(session.user.name)
        await websocket.close()

    members = APIRouter(prefix="/members", dependencies=[Depends(needs.required)])

    @members.get("/names")
    async def names() -> list[str]:
        return ["ada"]

    @app.get("/personal")
    async def personal(everybody: All) -> None: ...

    @app.get("/lasting")
    async def lasting(session: Optional, response: Response) -> None:
        response.headers.append("Cache-Control", "public, max-age=60")
        response.headers.append("Cache-Control", "immutable")

    @app.get("/lasting-directly")
    async def lasting_directly(session: Optional) -> Response:
        return Response(headers={"Cache-Control": "public, max-age=60"})

    @app.get("/for-everybody")
    async def for_everybody() -> str:
        return "hello"

    app.include_router(members)
    mounted = FastAPI()
    protect(mounted, settings)

    @mounted.get("/session")
    async def inside(session: Current) -> str:
        return session.user.name

    app.mount("/mounted", mounted)
    return app


def test_an_optional_session_is_none_where_nobody_is_signed_in(
    signed_in: Browser,
) -> None:
    assert signed_in.get("/optional").json() == "ada"
    assert signed_in.another().get("/optional").json() is None


@pytest.mark.parametrize("path", ["/session", "/members/names", "/mounted/session"])
def test_a_session_is_demanded_with_a_401(signed_in: Browser, path: str) -> None:
    assert "ada" in signed_in.get(path).text
    response = signed_in.another().get(path)
    assert (response.status_code, response.json()) == (
        401,
        {"detail": "Sign in first."},
    )


def test_v7_5_3_a_fresh_session_is_demanded_with_a_403(
    signed_in: Browser, clock: Clock
) -> None:
    clock.time += 599
    assert signed_in.get("/fresh").json() == "ada"
    clock.time += 1
    refused = [signed_in.get("/fresh"), signed_in.delete("/sessions")]
    assert [answer.status_code for answer in refused] == [403] * 2
    assert "with your password" in refused[0].json()["detail"]
    signed_in.post("/confirm", json={"password": PASSWORD})
    assert signed_in.get("/fresh").status_code == 200
    assert signed_in.another().get("/fresh").status_code == 401


def test_a_websocket_is_for_members_only(signed_in: Browser) -> None:
    with signed_in.websocket_connect("/socket") as socket:
        assert socket.receive_text() == "ada"
    with pytest.raises(WebSocketDenialResponse) as refused:
        signed_in.another().websocket_connect("/socket").__enter__()
    assert refused.value.status_code == 401


def test_an_override_holds_for_every_path_operation(
    app: FastAPI, signed_in: Browser, people: People
) -> None:
    now = app.state.sessions.now()
    record = Record("", "2", "", now, now, now, "", 1, "")
    session = Session(record, people.rows[1], Basket(items=7), app.state.sessions)
    app.dependency_overrides[needs.required] = lambda: session
    visitor = signed_in.another()
    assert (visitor.get("/session").json(), visitor.get("/basket").json()) == (
        "grace",
        7,
    )
    assert visitor.get("/members/names").status_code == 200
    # For what depends on it, too: here nobody signed in, so that there are none to end.
    assert visitor.delete("/sessions").json() == 0


def answers(browser: Browser) -> Iterator[Any]:
    for path in (
        "/session",
        "/optional",
        "/optional?error=404",
        "/optional?error=x",
        "/sessions",
    ):
        yield browser.get(path)
    yield browser.get("/mounted/session")
    yield browser.get("/personal")
    # What a route says of caches itself does not stay beside it.
    yield browser.get("/lasting")
    yield browser.get("/lasting-directly")
    yield browser.delete("/sessions/none")
    yield browser.post("/session", json={})
    yield browser.delete("/session")


def test_v14_3_2_v3_5_8_what_depends_on_the_session_is_not_stored_or_embedded(
    signed_in: Browser,
) -> None:
    seen = [*answers(signed_in.another()), *answers(signed_in)]
    assert {response.status_code for response in seen} == {200, 204, 401, 404, 422}
    for response in seen:
        for name, value in PERSONAL.items():
            assert response.headers.get_list(name) == [value]


def test_what_does_not_depend_on_the_session_may_be_stored(signed_in: Browser) -> None:
    assert not {*PERSONAL} & {*signed_in.get("/for-everybody").headers}
