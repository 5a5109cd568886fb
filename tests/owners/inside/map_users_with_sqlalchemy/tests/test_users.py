import pytest
from sqlalchemy import create_engine

from tests.kit.browser import Browser


def test_a_database_that_is_away_is_a_503_and_signs_nobody_out(
    signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = create_engine("sqlite:////no/such/folder/users.db")
    monkeypatch.setattr("app.users.ENGINE", away)
    for path in ("/session", "/sessions", "/health"):
        assert signed_in.get(path).status_code == 503
    monkeypatch.undo()
    assert signed_in.get("/session").json()["user"] == "ada"
