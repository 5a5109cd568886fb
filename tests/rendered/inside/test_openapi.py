"""The OpenAPI document shows the cookies, from the declarations."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI

from app.kit import Cookie, set_cookie_header


@pytest.fixture
def operation(app: FastAPI, cookies: list[Cookie[str]]) -> dict[str, Any]:
    async def dependency(value: Annotated[str | None, Depends(cookies[0].read)]) -> None: ...

    headers = set_cookie_header(*cookies[1:])

    @app.get("/read", responses={200: {"headers": headers}})
    async def read(value: Annotated[None, Depends(dependency)]) -> None: ...

    return dict(app.openapi()["paths"]["/read"]["get"])


def test_a_cookie_that_a_dependency_reads_is_a_parameter(operation: dict[str, Any]) -> None:
    [parameter] = operation["parameters"]
    assert (parameter["in"], parameter["name"], parameter["required"]) == ("cookie", "first", False)
    assert parameter["description"] == "Tested here."


def test_the_cookies_that_a_response_sets_share_its_header(operation: dict[str, Any]) -> None:
    header = operation["responses"]["200"]["headers"]["Set-Cookie"]
    assert header["schema"] == {"type": "string"}
    assert header["description"].split("\n\n") == [
        f"`{name}=…; HttpOnly; Path=/; SameSite=lax; Secure`: Tested here."
        for name in ("second", "third")
    ]


def test_each_operation_names_what_every_path_operation_may_answer(app: FastAPI) -> None:
    router = APIRouter()

    @router.get("/read", responses={403: {"description": "Not yours"}})
    @app.post("/write", responses={413: {"description": "A picture that is too large"}})
    async def operation() -> None: ...

    app.include_router(router)
    paths = app.openapi()["paths"]
    read, write = (paths["/read"]["get"]["responses"], paths["/write"]["post"]["responses"])
    for responses in (read, write):
        assert {"400", "403", "413", "431"} <= responses.keys()
    assert "another origin" in write["403"]["description"]
    # What a path operation says itself is more exact.
    assert read["403"]["description"] == "Not yours"
    assert write["413"]["description"] == "A picture that is too large"
