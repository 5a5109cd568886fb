"""What a path operation returns as a Response of its own leaks nothing and is JSON."""

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from app.kit import filtered
from tests.kit.browser import Browser


class Account(BaseModel):
    name: str


class StoredAccount(Account):
    password_hash: str = "secret"  # noqa: S105


@dataclasses.dataclass
class AccountRow:
    name: str
    password_hash: str = "secret"  # noqa: S105


@pytest.mark.parametrize(
    "data",
    [StoredAccount(name="Ada"), {"name": "Ada", "password_hash": "secret"}, AccountRow("Ada")],
)
def test_a_secret_field_is_filtered(data: object) -> None:
    assert filtered(Account, data) == {"name": "Ada"}
    assert filtered(list[Account], [data]) == [{"name": "Ada"}]


def test_data_becomes_json_compatible_as_with_a_returned_object(app: FastAPI) -> None:
    class Order(BaseModel):
        at: datetime
        price: Decimal
        tags: set[str]
        total: float = Field(alias="grandTotal")

    order = {
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "price": Decimal("9.90"),
        "tags": {"ä"},
        "grandTotal": 1.5,
        "secret": 1,
    }

    @app.get("/object", response_model=Order)
    async def return_object() -> object:
        return order

    @app.get("/response", response_model=Order)
    async def return_response() -> Response:
        return JSONResponse(content=filtered(Order, order))

    browser = Browser(app)
    assert browser.get("/response").content == browser.get("/object").content


def test_data_that_does_not_fit_the_response_model_is_an_error() -> None:
    with pytest.raises(ValidationError):
        filtered(Account, {"nome": "Ada"})
