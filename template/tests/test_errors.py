"""No error body and no log line holds a cookie's value, whatever fails."""

import json
import logging
import traceback
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import pytest
from fastapi import Body, Cookie, FastAPI, Header, HTTPException, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, Field, Json, TypeAdapter
from starlette.websockets import WebSocketDisconnect

from app.cookies import SESSION
from app.errors import MessageWithheldError
from app.main import create_app
from app.settings import Settings
from tests.browser import Browser

SECRET = "s3cret-token-value"  # noqa: S105
COOKIES = {"Cookie": f"session={SECRET}; other={SECRET}; json=" + json.dumps({SECRET: "a"})}


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
        # These repeat what a body holds; here that is the value of a cookie.
        Annotated[str, AfterValidator(quote_it), Body()],
        Annotated[dict[str, int], Body()],
        Annotated[Cat | Dog, Field(discriminator="kind"), Body()],
        Annotated[Json[dict[str, int]], Cookie(alias="json")],
        Annotated[Cat | Dog, Field(discriminator="kind"), Header(alias="cookie")],
    ],
)
def test_a_422_shows_no_cookie(app: FastAPI, parameter: Any) -> None:
    async def fail(value: parameter) -> None: ...

    app.post("/fail")(fail)
    body: Any = {"session": SECRET, SECRET: SECRET, "kind": SECRET}
    if "quote_it" in str(parameter):
        body = SECRET
    response = Browser(app).post("/fail", headers=COOKIES, json=body)
    assert response.status_code == 422
    assert SECRET not in response.text
    assert all(detail.keys() == {"type", "loc", "msg"} for detail in response.json()["detail"])


@pytest.mark.parametrize("errors", [[{"type": SECRET}], [{}], [{"loc": ["body"], "msg": SECRET}]])
def test_a_422_of_ones_own_making_shows_no_cookie(app: FastAPI, errors: list[Any]) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise RequestValidationError(errors)

    response = Browser(app).get("/fail", headers=COOKIES)
    assert response.status_code == 422
    assert SECRET not in response.text


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


@pytest.mark.parametrize("detail", [f"{SECRET} is wrong", {"token": SECRET}, [SECRET]])
def test_an_http_exception_shows_no_cookie(app: FastAPI, detail: Any) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise HTTPException(403, detail, headers={"X-Reason": "kept"})

    response = Browser(app).get("/fail", headers=COOKIES)
    assert response.status_code == 403
    assert response.headers["x-reason"] == "kept"
    assert response.json() == {"detail": "withheld, because it holds a cookie's value"}


def test_another_http_exception_keeps_its_detail(app: FastAPI) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise HTTPException(403, {"reason": "the token is wrong"})

    response = Browser(app).get("/fail", headers={"Cookie": "locale=en"})
    assert response.json() == {"detail": {"reason": "the token is wrong"}}


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
def failing() -> FastAPI:
    app = create_app(Settings())
    app.router.routes.clear()

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
            CookieModel.model_validate({"session": request.cookies["session"][:6] * 20})
        except ValueError as error:
            raise ExceptionGroup("together", [error]) from None

    @app.get("/note")
    async def note(request: Request) -> None:
        error = RuntimeError("failed")
        error.add_note(f"the cookie was {request.cookies['session']}")
        raise error

    @app.get("/touching")
    async def touching(request: Request) -> None:
        request.cookies[f"session_{request.cookies['session']}"]

    @app.get("/first-of-two")
    async def first_of_two(request: Request) -> None:
        raise RuntimeError("double-s3cret was sent twice")

    @app.get("/line-break")
    async def line_break(request: Request) -> None:
        raise KeyError(unquote(request.cookies["broken"]))

    @app.get("/being-set")
    async def being_set(response: Response) -> None:
        SESSION.set(response, "s3cret-being-set")
        raise RuntimeError("could not store s3cret-being-set")

    @app.get("/quoted")
    async def quoted(request: Request) -> None:
        TypeAdapter(Annotated[str, AfterValidator(quote_it)]).validate_python(
            request.cookies["session"]
        )

    @app.get("/model")
    async def model(request: Request) -> None:
        # Pydantic shortens the input that it quotes, so a search for the value finds nothing.
        CookieModel.model_validate({"missing": 1, "session": request.cookies["session"][:6] * 20})

    @app.get("/response")
    async def response(request: Request) -> CookieModel:
        return {"missing": 1, "session": request.cookies["session"]}  # type: ignore[return-value]

    return app


def test_an_unhandled_error_shows_no_cookie(
    failing: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {
        "Cookie": f"double=double-s3cret; double=another-value; session={SECRET}; "
        "name=Zo%C3%AB%20%CE%A9; broken=s3cret%0Avalue"
    }
    paths = [route.path for route in failing.routes if isinstance(route, APIRoute)]
    for path in paths:
        with pytest.raises(MessageWithheldError, match="withheld") as error:
            Browser(failing).get(path, headers=headers)
        # As uvicorn logs it.
        caplog.clear()
        logger = logging.getLogger("uvicorn.error")
        logger.error("Exception in ASGI application", exc_info=error.value)
        assert "s3cret" not in without_source(caplog.text), path
        assert "Zoë" not in caplog.text, path

        response = Browser(failing, raise_server_exceptions=False).get(path, headers=headers)
        assert response.status_code == 500
        assert response.text == "Internal Server Error"


def without_source(traceback_text: str) -> str:
    """Leave out the lines of code that a traceback shows."""
    return "\n".join(line for line in traceback_text.splitlines() if not line.startswith("    "))


def test_the_traceback_still_leads_to_the_line_that_failed(failing: FastAPI) -> None:
    with pytest.raises(MessageWithheldError) as error:
        Browser(failing).get("/direct", headers=COOKIES)
    frames = traceback.extract_tb(error.value.__traceback__)
    assert frames[-1].name == "direct"


def test_another_error_keeps_its_message(app: FastAPI) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise RuntimeError("the engine is on fire")

    with pytest.raises(RuntimeError, match=r"^the engine is on fire$"):
        Browser(app).get("/fail", headers={"Cookie": "locale=en; empty=; noise"})


def test_an_error_that_is_its_own_cause_is_looked_at_once(app: FastAPI) -> None:
    @app.get("/fail")
    async def fail() -> None:
        error = RuntimeError("circular")
        raise error from error

    with pytest.raises(RuntimeError, match=r"^circular$"):
        Browser(app).get("/fail")
