import asyncio

import pytest

from app.users import Users


@pytest.mark.parametrize("user_id", ["", "ada", "-1", "1.5", "9" * 99, "²", "3"])
def test_text_that_is_nobodys_number_finds_nobody(user_id: str) -> None:
    assert asyncio.run(Users().find(user_id)) is None


def test_a_number_finds_its_user() -> None:
    user = asyncio.run(Users().find("2"))
    assert user is not None
    assert (user.id, user.name) == (2, "grace")
