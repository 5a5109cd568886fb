# mypy: ignore-errors
"""What happens to a file only: it is locked, or damaged."""

from fastapi import FastAPI

from tests.engines.servers import Server
from tests.engines.test_faults import assert_unavailable, impatience  # noqa: F401
from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS

ENGINES = ["sqlite"]


def test_locked_when_the_app_starts_it_is_a_503_until_it_is_free(
    app: FastAPI, server: Server
) -> None:
    server.freeze()
    with Browser(app) as browser:
        assert_unavailable(browser.get("/check"))
        server.thaw()
        assert browser.post("/session", json=CREDENTIALS).status_code == 201


def test_damaged_it_is_opened_anew(signed_in: Browser, server: Server, app: FastAPI) -> None:
    for table in ("counters_2", "session_steps"):
        app.state.sessions.store._writer.execute(f"DROP TABLE {table}")
    assert_unavailable(signed_in.post("/session", json=CREDENTIALS))
    assert signed_in.post("/session", json=CREDENTIALS).status_code == 201
