"""Who may sign in, as `app/users.py` says. Delete this file with that."""

import asyncio

import argon2
import pytest

from app.main import create_app
from app.settings import Settings
from app.users import Users
from tests.conftest import HASH, PASSWORD
from tests.kit.browser import Browser

# Of another password.
ANOTHER = HASH.replace("dC2C", "AAAA")


def test_v7_4_2_v7_4_3_another_password_or_none_ends_the_sessions_of_a_user(
    settings: Settings, signed_in: Browser
) -> None:
    for users in ({"ada": ANOTHER}, {"grace": HASH}):
        with Browser(create_app(settings.model_copy(update={"users": users}))) as other:
            other.stored = signed_in.stored
            assert other.get("/session").status_code == 401
    assert signed_in.get("/session").status_code == 200


def test_the_hash_of_a_password_is_not_stored_with_sessions() -> None:
    user = asyncio.run(Users({"ada": HASH}).find("ada"))
    assert user is not None
    assert HASH not in user.auth_hash
    assert user.auth_hash not in HASH


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_a_name_that_nobody_has_is_checked_as_long_as_any_other(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    checked: list[str] = []

    def note(hasher: argon2.PasswordHasher, hashed: str, password: str) -> bool:
        checked.append(password)
        raise argon2.exceptions.VerifyMismatchError

    monkeypatch.setattr(argon2.PasswordHasher, "verify", note)
    answer = browser.post("/session", json={"username": name, "password": PASSWORD})
    assert (answer.status_code, checked) == (401, [PASSWORD])
