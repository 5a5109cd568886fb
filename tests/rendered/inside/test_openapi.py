"""The OpenAPI document shows the cookies, from the declarations."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

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
