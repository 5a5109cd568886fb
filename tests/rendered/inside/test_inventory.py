"""What the app keeps in a browser is told from its declarations and from the request alone."""

import pytest
from fastapi import FastAPI, Request

from app.kit import DAY, Cookie, KeptCookie, cookie_inventory, protect
from app.kit.settings import KitSettings
from tests.kit.browser import Browser


def inventory(header: str) -> list[dict[str, object]]:
    app = FastAPI()
    protect(app, KitSettings())

    @app.get("/cookies")
    async def list_cookies(request: Request) -> list[KeptCookie]:
        return cookie_inventory(request)

    response = Browser(app).get("/cookies", headers={b"Cookie": header.encode("latin-1")})
    assert response.headers["vary"] == "Cookie"
    listed: list[dict[str, object]] = response.json()
    return listed


def test_it_says_what_was_declared() -> None:
    Cookie("tested", str, purpose="Tested here.", max_age=2 * DAY, httponly=False)
    Cookie("hidden", str, purpose="Hidden here.")
    assert inventory("hidden=x") == [
        {
            "name": "tested",
            "purpose": "Tested here.",
            "lifetime": "2 days",
            "read_by_scripts": True,
            "is_here": False,
        },
        {
            "name": "hidden",
            "purpose": "Hidden here.",
            "lifetime": "until the browser closes",
            "read_by_scripts": False,
            "is_here": True,
        },
    ]


@pytest.mark.parametrize(
    ("header", "is_here"),
    [
        ("__Host-a=1", True),
        ("b=2; __Host-a=", True),
        ("__Host-a=1; __Host-a=2", True),
        ("__host-a=1", False),
        ("b=__Host-a=1", False),
        ("\xa0__Host-a=1", False),
        ("\x85__Host-a=1", False),
    ],
)
def test_only_the_very_name_counts(header: str, is_here: bool) -> None:
    Cookie("__Host-a", str, purpose="Tested here.")
    assert [each["is_here"] for each in inventory(header)] == [is_here]


def test_a_cookie_with_a_path_of_its_own_is_not_said_to_be_absent() -> None:
    Cookie("tested", str, purpose="Tested here.", path="/elsewhere")
    assert [each["is_here"] for each in inventory("b=1")] == [None]
