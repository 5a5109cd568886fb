"""Projects of release 0.8.1, edited as owners do: which of their files are in conflict today.

Release 0.10.0 edits owners' files, all at once. Here stands what that costs; a later release that
adds to it says so in the first lines of its changelog.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Copies, Warm
from tests.edits import unmerged
from tests.history import update
from tests.owners import (
    DEMO_ROUTES,
    add_three_routers,
    delete_the_demo,
    lay,
    reformat,
    replace_the_page,
)
from tests.tools import change, commit_all
from tests.written_for_0_8_1 import add_the_callback

pytestmark = pytest.mark.usefixtures("quick_copier")


@dataclass(frozen=True)
class Owner:
    edits: tuple[Callable[[Path], None], ...]
    conflicts: frozenset[str] = frozenset()
    answers: dict[str, Any] = field(default_factory=dict)
    tests: tuple[str, ...] = ("tests/test_app.py", "tests/routes")
    """Those that pass at once where nothing is in conflict."""


def rewrite_users(project: Path) -> None:
    """Keep them elsewhere than in the setting, as the docstring says."""
    lay(project, "rewrite_users")
    change(project / "app" / "sign_in.py", "Users(settings.users)", "Users()")
    settings = project / "app" / "settings.py"
    text = re.sub(r"\n    users: .*?\n    \)\n", "", settings.read_text("utf-8"), flags=re.S)
    settings.write_text(text)


def carry_more(project: Path) -> None:
    sign_in = project / "app" / "sign_in.py"
    change(sign_in, "(frozen=True)\n", "(frozen=True)\n\n    basket: dict[str, int] = {}\n")
    change(sign_in, "from typing import Annotated\n", "from typing import Annotated, Literal\n")
    change(sign_in, "int] = {}\n", 'int] = {}\n    currency: Literal["EUR", "JPY"] = "EUR"\n')


def open_a_database(project: Path) -> None:
    change(
        project / "app" / "main.py",
        "        yield\n",
        '        app.state.database = "open"\n        yield\n        del app.state.database\n',
    )


def add_a_setting(project: Path) -> None:
    settings = project / "app" / "settings.py"
    text = settings.read_text("utf-8")
    head, separator, tail = text.partition("\n\n\ndef load_settings")
    settings.write_text(f"{head}\n    page_size: int = 20{separator}{tail}")
    with (project / ".env.example").open("a") as file:
        file.write("\n# How many to a page.\nPAGE_SIZE=\n")


def add_a_fixture(project: Path) -> None:
    with (project / "tests" / "conftest.py").open("a") as file:
        file.write("\n\n@pytest.fixture\ndef shop() -> str:\n    return 'shop'\n")


def greet_members(project: Path) -> None:
    add_three_routers(project)
    lay(project, "greet_members")


def rename_the_cookie(project: Path) -> None:
    change(
        project / "app" / "sign_in.py",
        'f"__Host-Http-{PROJECT.name}-session"',
        '"__Host-shop"',
    )


def tell_more_of_who_signed_in(project: Path) -> None:
    session = project / "app" / "routes" / "session.py"
    change(session, "    confirmed_at: datetime\n", "    confirmed_at: datetime\n    id: str\n")
    change(
        session,
        '        "confirmed_at": session.confirmed_at,\n',
        '        "confirmed_at": session.confirmed_at,\n        "id": str(session.user.id),\n',
    )


def loosen_a_header(project: Path) -> None:
    change(
        project / "app" / "main.py",
        "    protect(app, settings)\n",
        '    protect(app, settings, csp={"img-src": "https:"})\n',
    )


def delete_the_demo_and_its_tests(project: Path) -> None:
    delete_the_demo(project)
    for name in (*(f"routes/test_{each}" for each in DEMO_ROUTES), "test_page", "test_account"):
        (project / "tests" / f"{name}.py").unlink(missing_ok=True)


SESSION = "app/routes/session.py"
OWNERS = {
    "untouched": Owner(()),
    "users of their own": Owner(
        (rewrite_users,), frozenset({"app/users.py", "app/settings.py"})
    ),
    "a callback of OAuth": Owner((add_the_callback,)),
    "more in a session": Owner((carry_more,)),
    "a database in the lifespan": Owner((open_a_database,), frozenset({"app/main.py"})),
    "a router for members": Owner((greet_members,)),
    "the demo deleted": Owner((delete_the_demo_and_its_tests,)),
    "a page of their own": Owner((replace_the_page,)),
    "reformatted at 120": Owner(
        (reformat,),
        frozenset({"app/routes/preferences.py"}),
    ),
    "the cookie renamed": Owner((rename_the_cookie,), tests=("tests/test_app.py",)),
    "direct, and tells more": Owner(
        (tell_more_of_who_signed_in,), frozenset({SESSION}), {"cookie_strategy": "direct"}
    ),
    "settings": Owner((add_a_setting, loosen_a_header), frozenset({"app/settings.py"})),
    "cookies only, with settings": Owner(
        (add_a_setting, loosen_a_header, add_a_fixture), answers={"sign_in": "none"}
    ),
    "fixtures": Owner((add_a_fixture,)),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", OWNERS)
def test_a_project_of_0_8_1_meets_no_other_conflict(start: Copies, warm: Warm, name: str) -> None:
    owner = OWNERS[name]
    project = start("0.8.1", **owner.answers)
    for edit in owner.edits:
        edit(project)
    if owner.edits:
        commit_all(project, "Edit")
    update(project, **owner.answers)
    found = unmerged(project)
    print("in conflict:", found)
    theirs = {each for each in found if "kit/" not in each}
    assert theirs <= owner.conflicts
    if not theirs:
        code, printed = warm(project, "-q", *owner.tests)
        assert code == 0, printed
