"""What owners wrote for release 0.8.1 works on the kit of today, unchanged, until 1.0.

All of their files are as that release had them, and a callback of OAuth is as one wrote it then.
"""

import re
import shutil
from pathlib import Path

import pytest

from tests.answers import STRATEGIES
from tests.conftest import Copies, Environment, Render, Warm
from tests.gates import OLDEST, assert_passes
from tests.owners import edit_routers

pytestmark = pytest.mark.usefixtures("quick_copier")

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


def with_todays_kit(before: Path, today: Path, project: Path) -> Path:
    shutil.copytree(before, project)
    for kit in ("app/kit", "tests/kit"):
        shutil.rmtree(project / kit)
        shutil.copytree(today / kit, project / kit)
    (project / "app" / "routes" / "callback.py").write_text(CALLBACK)
    (project / "tests" / "routes" / "test_callback.py").write_text(TEST)
    edit_routers(project, add=("callback",))
    return project


@pytest.mark.parametrize(
    "strategy", [STRATEGIES[0], pytest.param(STRATEGIES[1], marks=pytest.mark.slow)]
)
def test_all_that_owners_have_of_0_8_1_works_on_the_kit_of_today(
    fresh: Copies, render: Render, warm: Warm, tmp_path: Path, strategy: str
) -> None:
    before = fresh("0.8.1", cookie_strategy=strategy)
    project = with_todays_kit(before, render(cookie_strategy=strategy), tmp_path / "before")
    for name in ("session", "sessions"):
        text = (project / "app" / "routes" / f"{name}.py").read_text("utf-8")
        assert re.search("AttemptsDep|SessionsDep", text), "these are of that release"
    code, printed = warm(project, "-q", "tests", "--ignore=tests/kit")
    assert code == 0, printed


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_passes_lint_and_types_too(
    fresh: Copies, render: Render, environment: Environment, tmp_path: Path, strategy: str
) -> None:
    before = fresh("0.8.1", cookie_strategy=strategy)
    project = with_todays_kit(before, render(cookie_strategy=strategy), tmp_path / "before")
    assert_passes(project, environment(OLDEST), ["lint", "types"])


def test_what_was_imported_from_sign_in_is_there(
    fresh: Copies, render: Render, warm: Warm, tmp_path: Path
) -> None:
    """An owner's module imports from `app/sign_in.py`, which an update brings up to date."""
    project = render()
    (project / "app" / "routes" / "callback.py").write_text(CALLBACK)
    (project / "tests" / "routes" / "test_callback.py").write_text(TEST)
    edit_routers(project, add=("callback",))
    names = re.findall(
        r"^(\w+)(?::.*)? = ", (fresh("0.8.1") / "app/sign_in.py").read_text("utf-8"), re.MULTILINE
    )
    assert {"sessions", "AttemptsDep"} <= {*names}
    (project / "tests" / "test_names.py").write_text(
        f"def test_it() -> None:\n    from app.sign_in import {', '.join(names)}  # noqa: F401\n"
    )
    code, printed = warm(project, "-q", "tests/test_names.py", "tests/routes/test_callback.py")
    assert code == 0, printed
