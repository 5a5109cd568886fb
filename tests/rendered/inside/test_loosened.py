"""Security headers as an owner changes them: each is sent once, as it was written."""

import pytest
from fastapi import FastAPI

from app.kit import KitSettings, protect
from tests.kit.browser import Browser


@pytest.mark.parametrize("name", ["Permissions-Policy", "permissions-policy"])
def test_a_header_of_the_owner_replaces_ours(name: str) -> None:
    app = FastAPI()
    protect(app, KitSettings(), headers={name: "camera=(self)"})
    sent = Browser(app).get("/").headers
    assert sent.get_list("permissions-policy") == ["camera=(self)"]


@pytest.mark.parametrize("value", ["max-age=63072000; includeSubDomains; preload", ""])
def test_hsts_is_the_owners_to_change_and_to_leave_out(value: str) -> None:
    app = FastAPI()
    protect(app, KitSettings(), headers={"Strict-Transport-Security": value})
    sent = Browser(app).get("/").headers
    assert sent.get_list("strict-transport-security") == [value] * bool(value)
