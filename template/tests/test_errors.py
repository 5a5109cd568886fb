"""No error body and no log line holds a cookie's value, whatever fails."""

import logging
import traceback
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import pytest
from fastapi import Body, Cookie, FastAPI, Header, Request, WebSocket
from pydantic import AfterValidator, BaseModel, Field
from starlette.websockets import WebSocketDisconnect

from app.errors import MessageWithheldError
from tests.browser import Browser

SECRET = "s3cret-token-value"  # noqa: S105
COOKIES = {"Cookie": f"session={SECRET}; other={SECRET}"}


class CookieModel(BaseModel):
    missing: int
    session: int


class HeaderModel(BaseModel):
    missing: int
    cookie: int


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


def quote_it(value: str) -> str:
    raise ValueError(f"{value} is wrong")


@pytest.mark.parametrize(
    "parameter",
    [
        Annotated[int, Cookie(alias="session")],
        Annotated[str, AfterValidator(quote_it), Cookie(alias="session")],
        Annotated[CookieModel, Cookie()],
        Annotated[int, Header(alias="cookie")],
        Annotated[str, AfterValidator(quote_it), Header(alias="cookie")],
        Annotated[HeaderModel, Header()],
        Annotated[int, Body()],
        Annotated[CookieModel, Body()],
        Annotated[Cat | Dog, Field(discriminator="kind"), Header(alias="cookie")],
    ],
)
def test_a_422_shows_no_cookie(app: FastAPI, parameter: Any) -> None:
    async def fail(value: parameter) -> None: ...

    app.post("/fail")(fail)
    response = Browser(app).post("/fail", headers=COOKIES, json={"session": SECRET})
    assert response.status_code == 422
    assert SECRET not in response.text
    assert all(detail.keys() == {"type", "loc", "msg"} for detail in response.json()["detail"])


def test_a_422_still_says_what_is_wrong(browser: Browser) -> None:
    response = browser.put("/preferences", json={"theme": "pink"})
    assert response.status_code == 422
    assert response.json() == {
        "detail": [
            {
                "type": "literal_error",
                "loc": ["body", "theme"],
                "msg": "Input should be 'system', 'light' or 'dark'",
            }
        ]
    }


def test_a_refused_handshake_shows_no_cookie(app: FastAPI) -> None:
    @app.websocket("/socket")
    async def socket(websocket: WebSocket, session: Annotated[int, Cookie()]) -> None: ...

    with (
        pytest.raises(WebSocketDisconnect) as refusal,
        Browser(app).websocket_connect("/socket", headers=COOKIES),
    ):
        pass
    assert refusal.value.code == 1008
    assert refusal.value.reason == "Validation failed"


@pytest.fixture
def failing(app: FastAPI) -> FastAPI:
    @app.get("/direct")
    async def direct(request: Request) -> None:
        int(request.cookies["session"])

    @app.get("/decoded")
    async def decoded(request: Request) -> None:
        name = unquote(request.cookies["name"])
        raise RuntimeError(f"the visitor {name!r} failed")

    @app.get("/cause")
    async def cause(request: Request) -> None:
        try:
            int(request.cookies["session"])
        except ValueError as error:
            raise RuntimeError("wrapped") from error

    @app.get("/context")
    async def context(request: Request) -> None:
        try:
            int(request.cookies["session"])
        except ValueError:
            raise RuntimeError("while handling")  # noqa: B904

    @app.get("/group")
    async def group(request: Request) -> None:
        try:
            CookieModel.model_validate({"session": request.cookies["session"] * 9})
        except ValueError as error:
            raise ExceptionGroup("together", [error]) from None

    @app.get("/model")
    async def model(request: Request) -> None:
        # Pydantic shortens the input that it quotes, so a search for the value finds nothing.
        CookieModel.model_validate({"missing": 1, "session": request.cookies["session"] * 9})

    @app.get("/response")
    async def response(request: Request) -> CookieModel:
        return {"missing": 1, "session": request.cookies["session"]}  # type: ignore[return-value]

    return app


@pytest.mark.parametrize(
    "path", ["/direct", "/decoded", "/cause", "/context", "/group", "/model", "/response"]
)
def test_an_unhandled_error_shows_no_cookie(
    failing: FastAPI, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Cookie": f"session={SECRET}; name=Zo%C3%AB%20%CE%A9"}
    with pytest.raises(MessageWithheldError) as error:
        Browser(failing).get(path, headers=headers)
    # As uvicorn logs it.
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error.value)
    logged = caplog.text + "".join(traceback.format_exception(error.value))
    assert "withheld" in logged
    assert SECRET[:6] not in logged
    assert "Zoë" not in logged
    assert __file__ in logged, "the traceback still leads to the line that failed"

    response = Browser(failing, raise_server_exceptions=False).get(path, headers=headers)
    assert response.status_code == 500
    assert response.text == "Internal Server Error"


def test_another_error_keeps_its_message(app: FastAPI) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise RuntimeError("the engine is on fire")

    with pytest.raises(RuntimeError, match=r"^the engine is on fire$"):
        Browser(app).get("/fail", headers={"Cookie": "locale=en; empty="})
