from fastapi import FastAPI

from app.kit.sessions import Session
from app.main import refuse
from app.sign_in import SessionData, auth
from app.users import User
from tests.kit.browser import Browser


def test_a_dependency_of_the_whole_app_reaches_every_path_operation(
    app: FastAPI, browser: Browser
) -> None:
    def request(method: str, path: str) -> int:
        return browser.request(method, path, headers={"X-Drink": "coffee"}).status_code

    operations = [
        (method, path) for path, methods in app.openapi()["paths"].items() for method in methods
    ]
    assert ("delete", "/sessions/{session_id}") in operations
    assert ("post", "/session") in operations
    assert {request(*each) for each in operations} == {418}
    app.dependency_overrides[refuse] = lambda: None
    assert 418 not in {request(*each) for each in operations}


def test_an_override_of_the_session_reaches_every_path_operation(
    app: FastAPI, browser: Browser
) -> None:
    async def session() -> Session[User, SessionData]:
        user = await app.state.sessions.users.find("grace")
        _, started = await app.state.sessions.start(user, "a test", replaces=None)
        return started  # type: ignore[no-any-return]

    assert browser.get("/session").status_code == 401
    app.dependency_overrides[auth.required] = session
    assert browser.get("/session").json()["user"] == "grace"
    [listed, *_] = browser.get("/sessions").json()
    assert listed["browser"] == "a test"
    assert browser.delete("/sessions").status_code == 204
