"""What an owner wrote for release 0.8.1: signing in with another site, by OAuth."""

from pathlib import Path

from tests.owners import edit_routers

CALLBACK = '''"""Sign in with another site."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException
from fastapi.responses import RedirectResponse

from app.kit import set_cookie_header
from app.sign_in import SESSION, SessionsDep, StoredSession, sessions

router = APIRouter(responses={303: {"headers": set_cookie_header(SESSION)}})
members = APIRouter(prefix="/members", dependencies=[Depends(sessions.required)])


@members.get("/news")
async def read_news() -> str:
    return "None."


@router.get("/callback", status_code=303, response_class=RedirectResponse)
async def finish(
    name: str,
    everybody: SessionsDep,
    stored: StoredSession,
    user_agent: Annotated[str, Header(include_in_schema=False)] = "",
) -> RedirectResponse:
    user = await everybody.users.find(name)
    if user is None:
        raise HTTPException(403)
    token, _ = await everybody.start(user, user_agent, replaces=stored)
    response = RedirectResponse("/", 303)
    SESSION.set(response, token)
    return response


router.include_router(members)
'''

TEST = """from tests.kit.browser import Browser


def test_who_comes_back_is_signed_in(browser: Browser) -> None:
    assert browser.get("/members/news").status_code == 401
    for name in ("ada", "grace"):
        assert browser.get(f"/callback?name={name}").status_code == 303
        assert browser.get("/session").json()["user"] == name
    assert len(browser.get("/sessions").json()) == 1
    assert browser.get("/callback?name=nobody").status_code == 403
    assert browser.get("/members/news").json() == "None."
"""


def add_the_callback(project: Path) -> None:
    (project / "app" / "routes" / "callback.py").write_text(CALLBACK)
    (project / "tests" / "routes" / "test_callback.py").write_text(TEST)
    edit_routers(project, add=("callback",))
