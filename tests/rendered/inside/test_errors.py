"""No error body and no log line holds a cookie's value, whatever fails."""

import json
import traceback
from typing import Annotated, Any, Literal

import pytest
from fastapi import Body, Cookie, FastAPI, Header, HTTPException, Request, WebSocket
from pydantic import AfterValidator, BaseModel, Field, Json
from starlette.websockets import WebSocketDisconnect

from app.kit import InputWithheldError
from tests.kit.browser import Browser

SECRET = "s3cret-token-value"  # noqa: S105
COOKIES = {"Cookie": f"token={SECRET}; other={SECRET}; json=" + json.dumps({SECRET: "a"})}


class CookieModel(BaseModel):
    missing: int
    token: int


class HeaderModel(BaseModel):
    missing: int
    cookie: int


class Cat(BaseModel):
    kind: Literal["cat"]


class Tree(BaseModel):
    branch: "Tree | None" = None


class Dog(BaseModel):
    kind: Literal["dog"]


def quote_it(value: str) -> str:
    raise ValueError(f"{value} is wrong")


@pytest.mark.parametrize(
    "parameter",
    [
        Annotated[int, Cookie(alias="token")],
        Annotated[str, AfterValidator(quote_it), Cookie(alias="token")],
        Annotated[CookieModel, Cookie()],
        Annotated[int, Header(alias="cookie")],
        Annotated[str, AfterValidator(quote_it), Header(alias="cookie")],
        Annotated[HeaderModel, Header()],
        Annotated[int, Body()],
        Annotated[CookieModel, Body()],
        Annotated[Json[dict[str, int]], Cookie(alias="json")],
        Annotated[Cat | Dog, Field(discriminator="kind"), Header(alias="cookie")],
    ],
)
def test_a_422_shows_no_cookie(app: FastAPI, parameter: Any) -> None:
    async def fail(value: parameter) -> None: ...

    app.post("/fail")(fail)
    body: Any = {"token": SECRET, SECRET: SECRET, "kind": SECRET}
    response = Browser(app).post("/fail", headers=COOKIES, json=body)
    assert response.status_code == 422
    assert SECRET not in response.text
    assert all(detail.keys() == {"type", "loc", "msg"} for detail in response.json()["detail"])


def test_a_422_still_says_what_is_wrong(app: FastAPI) -> None:
    @app.post("/cats")
    async def add(cats: list[Cat]) -> None: ...

    # Whatever a cookie holds: nobody searches the text for it.
    headers = {"Cookie": "a=kind; b=cat; c=body"}
    response = Browser(app).post("/cats", json=[{"kind": "s3cret"}], headers=headers)
    assert response.status_code == 422
    [detail] = response.json()["detail"]
    assert detail == {
        "type": "literal_error",
        "loc": ["body", 0, "kind"],
        "msg": "Input should be 'cat'",
    }


def test_a_422_says_whether_a_cookie_is_missing_or_wrong(app: FastAPI) -> None:
    @app.get("/pages")
    async def turn(page: Annotated[int, Cookie()]) -> None: ...

    for sent, message in (("a=1", "Field required"), ("page=x", "Input is not valid")):
        [detail] = Browser(app).get("/pages", headers={"Cookie": sent}).json()["detail"]
        assert (detail["loc"], detail["msg"]) == (["cookie", "page"], message)


def test_a_422_does_not_grow_with_what_the_client_sent(app: FastAPI) -> None:
    @app.post("/cats")
    async def add(cats: list[Cat]) -> None: ...

    assert len(Browser(app).post("/cats", json=[0] * 10_000).json()["detail"]) == 100

    @app.post("/pages")
    async def turn(pages: dict[str, list[int]]) -> None: ...

    body = {"k" * 10_000: ["x"] * 1_000}
    assert len(Browser(app).post("/pages", json=body).content) < 100_000

    @app.post("/tree")
    async def plant(tree: Tree) -> None: ...

    tree: Any = "x"
    for _ in range(100):
        tree = {"branch": tree}
    [detail] = Browser(app).post("/tree", json=tree).json()["detail"]
    assert len(detail["loc"]) == 20

    @app.post("/quoted")
    async def quote(value: Annotated[str, AfterValidator(quote_it)]) -> None: ...

    [detail] = Browser(app).post("/quoted?value=" + "x" * 10_000).json()["detail"]
    assert len(detail["msg"]) == 500


@pytest.mark.parametrize("detail", ["Item 3 not found.", {"reason": "it"}, ["it"]])
def test_an_http_exception_says_what_its_author_wrote(app: FastAPI, detail: Any) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise HTTPException(403, detail, headers={"X-Reason": "kept"})

    response = Browser(app).get("/fail", headers={"Cookie": "page=3; locale=it"})
    assert (response.json(), response.headers["x-reason"]) == ({"detail": detail}, "kept")


def test_a_refused_handshake_shows_no_cookie(app: FastAPI) -> None:
    @app.websocket("/socket")
    async def socket(websocket: WebSocket, token: Annotated[int, Cookie()]) -> None: ...

    with (
        pytest.raises(WebSocketDisconnect) as refusal,
        Browser(app).websocket_connect("/socket", headers=COOKIES),
    ):
        pass
    assert refusal.value.code == 1008
    assert refusal.value.reason == "Validation failed"


@pytest.fixture
def failing(app: FastAPI) -> FastAPI:
    def validate(request: Request) -> None:
        # Pydantic shortens the input that it quotes.
        CookieModel.model_validate({"missing": 1, "token": request.cookies["token"] * 20})

    app.get("/itself")(validate)

    @app.get("/cause")
    async def cause(request: Request) -> None:
        try:
            validate(request)
        except ValueError as error:
            raise RuntimeError("wrapped") from error

    @app.get("/context")
    async def context(request: Request) -> None:
        try:
            validate(request)
        except ValueError:
            raise RuntimeError("while handling")  # noqa: B904

    @app.get("/group")
    async def group(request: Request) -> None:
        try:
            validate(request)
        except ValueError as error:
            raise ExceptionGroup("together", [error]) from None

    @app.get("/response")
    async def response(request: Request) -> CookieModel:
        return {"missing": 1, "token": request.cookies["token"]}  # type: ignore[return-value]

    @app.get("/instead")
    async def instead(request: Request) -> None:
        try:
            validate(request)
        except ValueError:
            raise LookupError("no such page") from None

    return app


def test_what_a_traceback_does_not_show_changes_nothing(failing: FastAPI) -> None:
    with pytest.raises(LookupError, match="^no such page$"):
        Browser(failing).get("/instead", headers=COOKIES)


@pytest.mark.parametrize("path", ["/itself", "/cause", "/context", "/group", "/response"])
def test_the_log_of_a_failed_validation_shows_no_input(failing: FastAPI, path: str) -> None:
    with pytest.raises(InputWithheldError, match="int_parsing at") as error:
        Browser(failing).get(path, headers=COOKIES)
    # As uvicorn logs it, apart from the lines of code.
    logged = "".join(traceback.format_exception(error.value))
    assert "s3cret" not in "\n".join(
        line for line in logged.splitlines() if not line.startswith("    ")
    )
    response = Browser(failing, raise_server_exceptions=False).get(path, headers=COOKIES)
    assert (response.status_code, response.text) == (500, "Internal Server Error")


def test_the_traceback_still_leads_to_the_line_that_failed(failing: FastAPI) -> None:
    with pytest.raises(InputWithheldError) as error:
        Browser(failing).get("/itself", headers=COOKIES)
    assert "validate" in [frame.name for frame in traceback.extract_tb(error.value.__traceback__)]


def test_another_error_keeps_its_class_and_message(app: FastAPI) -> None:
    @app.get("/fail")
    async def fail() -> None:
        error = RuntimeError("the locale is en")
        raise error from error

    with pytest.raises(RuntimeError, match=r"^the locale is en$"):
        Browser(app).get("/fail", headers={"Cookie": "locale=en; empty=; noise"})
