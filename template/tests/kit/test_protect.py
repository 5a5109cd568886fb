"""One call protects an app, whatever is added to it later."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit import Cookie, KitSettings, protect
from tests.kit.browser import Browser

Cookies = list[Cookie[str]]


def refuse() -> None:
    raise HTTPException(418, "refused")


@pytest.mark.parametrize("kind", ["route", "router", "mount"])
def test_a_route_from_before_it_would_be_unprotected_and_stops_the_start(
    kind: str,
) -> None:
    app, other = FastAPI(), FastAPI()
    other.get("/early")(refuse)
    router = APIRouter()
    router.get("/early")(refuse)
    if kind == "route":
        app.get("/early")(refuse)
    elif kind == "router":
        app.include_router(router)
    else:
        app.mount("/early", other)
    with pytest.raises(
        RuntimeError, match=r"call protect right after FastAPI\(\.\.\.\)"
    ):
        protect(app, KitSettings())


def test_dependencies_of_the_whole_app_hold_for_every_route_and_can_be_overridden() -> (
    None
):
    app = FastAPI(dependencies=[Depends(refuse)])
    protect(app, KitSettings())
    router = APIRouter(prefix="/inside")
    router.get("/one")(lambda: 1)
    app.include_router(router)
    app.get("/two")(lambda: 2)
    browser = Browser(app)
    assert [browser.get(path).status_code for path in ("/inside/one", "/two")] == [
        418,
        418,
    ]
    app.dependency_overrides[refuse] = lambda: None
    assert [browser.get(path).status_code for path in ("/inside/one", "/two")] == [
        200,
        200,
    ]


def test_a_cookie_that_a_dependency_of_the_whole_app_sets_arrives_though_it_raises(
    cookies: Cookies,
) -> None:
    async def set_and_refuse(response: Response) -> None:
        cookies[0].set(response, "1")
        raise HTTPException(418)

    app = FastAPI(dependencies=[Depends(set_and_refuse)])
    protect(app, KitSettings())
    app.get("/")(lambda: 1)
    browser = Browser(app)
    assert [each.name for each in browser.received(browser.get("/"))] == ["first"]


def test_a_cookie_of_a_middleware_added_later_arrives_once_and_is_not_stored_by_caches(
    app: FastAPI, cookies: Cookies
) -> None:
    @app.middleware("http")
    async def set_again(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        cookies[0].set(response, "from the middleware")
        return response

    @app.get("/twice")
    async def twice(response: Response) -> None:
        cookies[0].set(response, "from the route")

    @app.get("/once")
    async def once() -> None: ...

    browser = Browser(app)
    for path in ("/twice", "/once", "/nowhere"):
        response = browser.get(path)
        assert [each.value for each in browser.received(response)] == [
            "from%20the%20middleware"
        ]
        assert response.headers["cache-control"] == "no-store"


def test_an_own_handler_sees_an_unhandled_error_as_it_was_raised() -> None:
    app = FastAPI()
    protect(app, KitSettings())
    seen: list[Exception] = []

    @app.exception_handler(Exception)
    async def handle(request: Request, error: Exception) -> JSONResponse:
        seen.append(error)
        return JSONResponse({"detail": "Ours."}, 500)

    @app.get("/fail")
    async def fail() -> None:
        raise LookupError("the engine is on fire")

    response = Browser(app, raise_server_exceptions=False).get("/fail")
    assert (response.status_code, response.json()) == (500, {"detail": "Ours."})
    assert [type(error) for error in seen] == [LookupError]


def test_a_body_over_the_limit_is_refused_unless_its_route_sets_a_higher_one() -> None:
    app = FastAPI()
    protect(app, KitSettings(max_body_size=10))

    async def size(request: Request) -> int:
        return len(await request.body())

    router = APIRouter()
    router.post("/small")(size)
    router.post("/large", max_body_size=100)(size)
    app.include_router(router)
    browser = Browser(app)
    assert browser.post("/small", content=b"x" * 10).json() == 10
    assert browser.post("/small", content=b"x" * 11).status_code == 413
    assert browser.post("/large", content=b"x" * 100).json() == 100
    assert browser.post("/large", content=b"x" * 101).status_code == 413


def test_by_default_a_body_has_at_most_a_mebibyte(app: FastAPI) -> None:
    @app.post("/")
    async def size(request: Request) -> int:
        return len(await request.body())

    answers = [Browser(app).post("/", content=b"x" * (2**20 + more)) for more in (0, 1)]
    assert [each.status_code for each in answers] == [200, 413]


def test_a_mounted_app_is_protected_by_the_same_call(
    app: FastAPI, cookies: Cookies
) -> None:
    mounted = FastAPI()
    protect(mounted, KitSettings())

    async def set_first(response: Response) -> None:
        cookies[0].set(response, "1")

    @mounted.get("/fail")
    async def fail(
        number: int,
        sets: Annotated[None, Depends(set_first)],
        read: Annotated[str | None, Depends(cookies[1].read)],
    ) -> None: ...

    app.mount("/mounted", mounted)
    browser = Browser(app)
    response = browser.get(
        "/mounted/fail?number=s3cret", headers={"Cookie": "second=s3cret"}
    )
    assert response.status_code == 422
    assert "s3cret" not in response.text
    assert [each.name for each in browser.received(response)] == ["first"]
    assert response.headers["vary"] == "Cookie"


def test_a_middleware_may_pass_on_a_copy_of_the_scope(
    app: FastAPI, cookies: Cookies
) -> None:
    class Copying:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self.app(dict(scope), receive, send)

    app.add_middleware(Copying)

    @app.get("/read")
    async def read(
        response: Response, value: Annotated[None, Depends(cookies[0].read)]
    ) -> None:
        cookies[1].set(response, "1")

    response = Browser(app).get("/read")
    assert response.headers["vary"] == "Cookie"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["set-cookie"].startswith("second=1;")
