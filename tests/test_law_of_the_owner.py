"""Whatever owners do to what is theirs, their tests, lint and types pass, and what is ours stays.

A table of edits of a fresh project, each as a person would make it, with the tests that leave with
it because it removes what they test. And what must not pass: each with the owner's test that fails.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.answers import SIZES, STRATEGIES
from tests.conftest import Environment, Render, Warm
from tests.gates import OLDEST, STATIC_GATES, assert_passes, own_environment_of
from tests.owners import (
    PAGE,
    ROUTES,
    add_request,
    delete_the_demo,
    drop_cookie,
    drop_request,
    edit_routers,
    keep_users_in_sqlmodel,
    lay,
    reformat,
    rename_a_route_module,
    replace_the_page,
    tidy,
)
from tests.readme import blocks
from tests.tools import change, files

pytestmark = pytest.mark.usefixtures("quick_copier")

Edit = Callable[[Path], None]

OURS = ("app/kit/", "tests/kit/", "tools/")
SETTINGS = '    """Every variable that the app reads. `.env.example` lists them, too."""\n'
PYTEST = ("-q", "--tb=short", "-p", "no:cacheprovider")


def theirs(project: Path, *suffixes: str) -> list[Path]:
    """Return the owner's files of the app and its tests."""
    found = [path for folder in ("app", "tests") for path in (project / folder).rglob("*")]
    return [each for each in found if each.suffix in suffixes and "kit" not in each.parts]


def ours(project: dict[str, bytes]) -> dict[str, bytes]:
    return {path: text for path, text in project.items() if path.startswith(OURS)}


def to_run(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Return the tests of the whole app and those that changed; with what all share, all."""
    whole = {"tests/test_app.py", "tests/routes/test_session.py"} & set(after)
    changed = {path for path, text in after.items() if text != before.get(path)}
    if "tests/conftest.py" in changed:
        return ["tests", "--ignore=tests/kit"]
    return sorted({path for path in changed if "/test_" in path} | whole)


def replace(path: Path, *pairs: tuple[str, str]) -> None:
    for old, new in pairs:
        change(path, old, new)


def add_imports(path: Path, *lines: str) -> None:
    """Anywhere among them: `tidy` sorts, and drops what is there twice."""
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"^(?=from )", "\n".join([*lines, ""]), text, count=1, flags=re.M))


def add_fields(project: Path, fields: str, *imports: str) -> None:
    settings = project / "app" / "settings.py"
    change(settings, SETTINGS, f"{SETTINGS}\n{fields}")
    add_imports(settings, *imports)


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def add_a_router(project: Path, name: str, text: str, test: str) -> None:
    (project / ROUTES / f"{name}.py").write_text(text)
    (project / "tests" / "routes" / f"test_{name}.py").write_text(test)
    edit_routers(project, add=(name,))


# ---- What is deleted, replaced and renamed -----------------------------------------------


def delete_the_example(project: Path) -> None:
    (project / ROUTES / "example.py").unlink()
    drop_cookie(project, "FAKESESSION")
    edit_routers(project, drop=("example",))


def delete_the_example_and_the_welcome(project: Path) -> None:
    delete_the_example(project)
    (project / ROUTES / "welcome.py").unlink()
    (project / "app" / "locale.py").unlink()
    drop_cookie(project, "LOCALE")
    edit_routers(project, drop=("welcome",))


def delete_the_preferences(project: Path) -> None:
    (project / ROUTES / "preferences.py").unlink()
    drop_cookie(project, "PREFERENCES")
    edit_routers(project, drop=("preferences",))
    drop_request(project, "/preferences")


def serve_a_bundlers_build(project: Path) -> None:
    replace_the_page(project)
    (project / PAGE).rename(project / "app" / "dist")
    change(
        project / "app" / "main.py",
        'app.frontend("/", directory=Path(__file__).parent / "frontend")',
        'app.frontend("/", directory=Path(__file__).parent / "dist", fallback="index.html")',
    )


def rename_the_preferences(project: Path) -> None:
    """In everything that is theirs, as an editor does."""
    for path in theirs(project, ".py", ".js", ".html"):
        text = path.read_text("utf-8")
        for old, new in (("preferences", "looks"), ("Preferences", "Looks"), ("PREF", "LOOK")):
            text = text.replace(old, new)
        path.write_text(text.replace("LOOKERENCES", "LOOKS"))
        path.rename(path.with_name(path.name.replace("preferences", "looks")))


def rename_the_sessions_cookie_and_change_limits(project: Path) -> None:
    change(
        project / "app" / "sign_in.py",
        'f"__Host-Http-{PROJECT.name}-session"',
        '"__Host-shop"',
    )
    add_fields(
        project,
        """    session_idle_limit: int = Field(default=15 * 60, ge=5 * 60)
    session_absolute_limit: int = 30 * 24 * 60 * 60
    session_fresh_for: int = 3600
    sign_in_limit_per_user: str = "50 per minute"
    sign_in_limit_per_address: str = "60 per minute"
    max_body_size: int = 64 * 1024
""",
        "from pydantic import Field",
    )


def put_all_under_api(project: Path) -> None:
    change(
        project / "app" / "main.py",
        "app.include_router(router)",
        'app.include_router(router, prefix="/api")',
    )
    path = r'(["`])/(sessions?|preferences|welcome|health|cookie[a-z-]*)\b'
    for each in theirs(project, ".py", ".js"):
        if ROUTES not in each.as_posix():
            each.write_text(re.sub(path, r"\1/api/\2", each.read_text("utf-8")))


def split_main(project: Path) -> None:
    """Put what is included into a module of its own."""
    main = project / "app" / "main.py"
    replace(
        main,
        ("from app.routes import routers\n", ""),
        ("from app.kit import", "from app.api import add_routes\nfrom app.kit import"),
        (
            "    for router in routers:\n        app.include_router(router)\n",
            "    add_routes(app)\n",
        ),
    )
    lay(project, "split_main")


# ---- Users, sessions and settings --------------------------------------------------------


def take_users_out(project: Path) -> None:
    """As docs/sign-in.md says: the setting USERS is no longer read."""
    settings = project / "app" / "settings.py"
    text = settings.read_text("utf-8")
    assert text.count("PasswordHashes") == 2
    settings.write_text(re.sub(r"PasswordHashes, |    users: .*\n\n", "", text))


def drop_the_setting_users(project: Path) -> None:
    take_users_out(project)
    change(project / "tests" / "conftest.py", ', users={"ada": HASH, "grace": HASH}', "")
    change(
        project / ".env.example",
        '# Who may sign in, as JSON: {"ada": "$argon2id$…"}. `uv run python -m app users add NAME` '
        "prints\n# this line.\nUSERS=\n\n",
        "",
    )


def keep_users_in_sqlmodel_by_number(project: Path) -> None:
    """As `app/kit/sessions/users.py` asks for, with ids that are numbers."""
    keep_users_in_sqlmodel(project)
    drop_the_setting_users(project)
    replace(
        project / "app" / "users.py",
        ("id: int | None = Field(", "id: int = Field("),
        ("class Users:", "class Users(sessions.Users[User]):"),
        ("async def find(self, name: str)", "async def find(self, user_id: str)"),
        (
            "return await asyncio.to_thread(self._find, name)\n",
            "return await asyncio.to_thread(self._get, user_id)\n",
        ),
        ("await self.find(name)", "await asyncio.to_thread(self._find, name)"),
    )
    append(
        project / "app" / "users.py",
        """
    def _get(self, user_id: str) -> User | None:
        if not re.fullmatch("[0-9]{1,18}", user_id):
            return None
        with Session(engine) as session:
            return session.get(User, int(user_id))
""",
    )
    add_imports(project / "app" / "users.py", "import re", "from app.kit import sessions")
    lay(project, "keep_users_in_sqlmodel_by_number")


UNKNOWN = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"
"""The hash of a password that nobody knows."""


def write_users_with_the_two_methods(project: Path) -> None:
    lay(project, "write_users_with_the_two_methods")
    take_users_out(project)
    field = f'    staff_hash: PasswordHash = "{UNKNOWN}"\n'
    add_fields(project, field, "from app.kit.sessions import PasswordHash")
    change(project / "app" / "sign_in.py", "Users(settings.users)", "Users(settings.staff_hash)")
    conftest = project / "tests" / "conftest.py"
    change(conftest, 'users={"ada": HASH, "grace": HASH}', "staff_hash=HASH")


def map_users_with_sqlalchemy(project: Path) -> None:
    """With a database that can be away, as docs/sign-in.md says."""
    drop_the_setting_users(project)
    change(
        project / "pyproject.toml",
        "dependencies = [\n",
        'dependencies = [\n    "sqlalchemy>=2.0.36",\n',
    )
    lay(project, "map_users_with_sqlalchemy")
    change(project / "app" / "sign_in.py", "Users(settings.users)", "Users()")
    append(project / ".gitignore", "users.db\n")
    append(
        project / "tests" / "conftest.py",
        """

@pytest.fixture(autouse=True, scope="session")
def users_in_the_database() -> None:
    from sqlalchemy.orm import Session

    from app.users import ENGINE, Base, User

    Base.metadata.create_all(ENGINE)
    with Session(ENGINE) as session:
        for number, name in enumerate(("ada", "grace"), 1):
            session.merge(User(id=number, name=name, password=HASH, auth_hash=f"{number}"))
        session.commit()
""",
    )


def add_a_database(project: Path) -> None:
    """A module that reads a setting of theirs, which has no default, and that users.py imports."""
    add_fields(project, "    database: str\n")
    append(project / ".env.example", "\n# Where the shop's data is kept.\nDATABASE=\n")
    conftest = project / "tests" / "conftest.py"
    add_imports(conftest, "import os")
    isolate = "isolate(Settings)\n"
    change(conftest, isolate, f'{isolate}os.environ["DATABASE"] = "sqlite:///:memory:"\n')
    lay(project, "add_a_database")
    replace(
        project / "app" / "users.py",
        (
            "        hashed = self.hashes.get(user_id)\n",
            "        with closing(connect()) as connection:\n"
            '            connection.execute("select 1")\n'
            "        hashed = self.hashes.get(user_id)\n",
        ),
    )
    add_imports(
        project / "app" / "users.py",
        "from contextlib import closing",
        "from app.db import connect",
    )


def keep_three_fields_with_the_session(project: Path) -> None:
    change(
        project / "app" / "sign_in.py",
        "    model_config = ConfigDict(frozen=True)\n",
        """    model_config = ConfigDict(frozen=True)

    basket: dict[str, int] = {}
    currency: Literal["EUR", "JPY"] = "EUR"
    seen: datetime | None = None
""",
    )
    add_imports(
        project / "app" / "sign_in.py",
        "from datetime import datetime",
        "from typing import Literal",
    )
    lay(project, "keep_three_fields_with_the_session")
    edit_routers(project, add=("basket",))


# ---- What is added -----------------------------------------------------------------------


def add_routes_for_members(project: Path) -> None:
    """A protected route, a WebSocket and an upload that may be larger than others."""
    lay(project, "add_routes_for_members")
    edit_routers(project, add=("members",))
    add_request(project, '("POST", "/members/pictures"): {"files": {"picture": b"x"}}')


def follow_the_page_on_sign_in(project: Path) -> None:
    """Its protected route, and the sentences below it."""
    page = (project / "docs" / "sign-in.md").read_text("utf-8")
    greeting, _, callback = blocks(page, "python")
    imported, _, route = greeting.partition("\n\n\n")
    imported = imported.replace("CurrentSession", "CurrentSession, SessionsDep, auth")
    add_a_router(
        project,
        "callback",
        callback,
        """from fastapi import FastAPI

from app.routes.callback import user_id_elsewhere
from app.sign_in import SESSION
from tests.kit.browser import Browser


def test_who_is_known_elsewhere_is_signed_in(app: FastAPI, browser: Browser) -> None:
    assert browser.get("/callback?code=c&state=s").status_code == 501
    app.dependency_overrides[user_id_elsewhere] = lambda: "nobody"
    assert browser.get("/callback").status_code == 403
    assert browser.value(SESSION.name) is None
    for name in ("ada", "grace"):
        app.dependency_overrides[user_id_elsewhere] = lambda name=name: name
        answer = browser.get("/callback")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert browser.get("/session").json()["user"] == name
    assert len(browser.get("/sessions").json()) == 1
""",
    )
    add_a_router(
        project,
        "greeting",
        f"""from fastapi import APIRouter, Depends, WebSocket

{imported}

router = APIRouter()
members = APIRouter(prefix="/members", dependencies=[Depends(auth.required)])


{route}

@members.get("/news")
async def read_news() -> str:
    return "None."


@members.websocket("/clock")
async def tick(
    websocket: WebSocket, session: CurrentSession, sessions: SessionsDep
) -> None:
    await websocket.accept()
    await sessions.reread(session)
    await websocket.send_text("tick")
    await websocket.close()


router.include_router(members)
""",
        """from tests.kit.browser import Browser


def test_members_only(signed_in: Browser) -> None:
    for path, answer in (("/greeting", "Hello ada"), ("/members/news", "None.")):
        assert signed_in.get(path).json() == answer
        assert signed_in.another().get(path).status_code == 401
    with signed_in.websocket_connect("/members/clock") as socket:
        assert socket.receive_text() == "tick"
""",
    )


def follow_the_page_on_settings(project: Path) -> None:
    page = (project / "docs" / "settings.md").read_text("utf-8")
    settings, route, test = blocks(page, "python")
    comment, field = settings.splitlines(keepends=True)
    change(project / "app" / "settings.py", comment, f"{comment}{field}")
    append(project / ".env.example", "\n" + "".join(blocks(page, "bash")))
    add_a_router(project, "greeting", route, test)


def depend_in_the_whole_app(project: Path) -> None:
    main = project / "app" / "main.py"
    add_imports(
        main, "from typing import Annotated", "from fastapi import Depends, Header, HTTPException"
    )
    replace(
        main,
        (
            "        redoc_url=None,\n",
            "        redoc_url=None,\n        dependencies=[Depends(refuse)],\n",
        ),
        (
            "def create_app(",
            """async def refuse(x_drink: Annotated[str, Header()] = "tea") -> None:
    if x_drink == "coffee":
        raise HTTPException(418)


def create_app(""",
        ),
    )
    lay(project, "depend_in_the_whole_app")


def add_a_handler_and_a_middleware(project: Path) -> None:
    """Without the demo, whose tests look at all cookies of an answer."""
    delete_the_demo(project)
    append(
        project / "app" / "cookies.py",
        '\nVISIT = Cookie("visit", str, purpose="Tells visits from each other.", max_age=DAY)\n',
    )
    main = project / "app" / "main.py"
    add_imports(
        main,
        "import logging",
        "from collections.abc import Awaitable, Callable",
        "from fastapi import Request, Response",
        "from fastapi.responses import JSONResponse",
        "from app.cookies import VISIT",
        "from app.kit import set_cookie_header",
    )
    replace(
        main,
        (
            "version=PROJECT.version",
            'version=PROJECT.version, responses={"default": {"headers": set_cookie_header(VISIT)}}',
        ),
        (
            "    return app\n",
            """
    @app.exception_handler(Exception)
    async def apologize(request: Request, error: Exception) -> JSONResponse:
        logging.getLogger(__name__).error("%s failed", request.url.path)
        return JSONResponse({"detail": "Sorry."}, 500)

    @app.middleware("http")
    async def count(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        VISIT.set(response, "1")
        return response

    return app
""",
        ),
    )
    lay(project, "add_a_handler_and_a_middleware")


def compress_and_trust(project: Path) -> None:
    """Middleware and a setting, each of which adds to `Vary`."""
    field = '    trusted_origins: list[Origin] = Field(default=["https://spa.example"])\n'
    imports = "from pydantic import Field", "from app.kit.settings import Origin"
    add_fields(project, field, *imports)
    main = project / "app" / "main.py"
    change(
        main,
        "    return app\n",
        """    app.add_middleware(GZipMiddleware, minimum_size=1)
    app.add_middleware(CORSMiddleware, allow_origins=["https://other.example"])
    return app
""",
    )
    add_imports(
        main,
        "from fastapi.middleware.cors import CORSMiddleware",
        "from fastapi.middleware.gzip import GZipMiddleware",
    )


def read_variables_of_every_name(project: Path) -> None:
    """And run the tests where each of them is set to what no test could use."""
    replace(
        project / "app" / "settings.py",
        ("class Settings(", "class Mail(BaseModel):\n    port: int = 25\n\n\nclass Settings("),
        (
            SETTINGS,
            f"""{SETTINGS}
    model_config = SettingsConfigDict(
        env_prefix="shop_", env_nested_delimiter="__", secrets_dir="secrets"
    )

    mail: Mail = Mail()
    pages: int = Field(default=1, validation_alias="BOOK_PAGES")
    books: int = Field(default=1, validation_alias=AliasChoices("BOOKS", AliasPath("SHELF", 0)))
""",
        ),
    )
    add_imports(
        project / "app" / "settings.py",
        "from pydantic import AliasChoices, AliasPath, BaseModel, Field",
        "from pydantic_settings import SettingsConfigDict",
    )
    (project / "secrets").mkdir()
    (project / "secrets" / "shop_docs").write_text("x")
    variables = ("max_body_size", "Session_Store", "shop_max_body_size", "SHOP_Session_Store")
    for name in (*variables, "shop_mail__port", "SHOP_MAIL", "Book_Pages", "books", "shelf"):
        append(project / "tests" / "__init__.py", f'os.environ.update({{"{name}": "x"}})\n')


def name_tests_at_will(project: Path) -> None:
    names = ("v1_items", "v2_of_the_api_answers", "upgrade_from_v1_2_3", "v1_2_3_upgrade", "v3_5_1")
    text = "\n\n".join(f"def test_{name}() -> None: ...\n" for name in names)
    (project / "tests" / "test_items.py").write_text(text)


def add_routes_of_every_kind(project: Path) -> None:
    """That answer something else each time, without an end, with an error, and to two methods."""
    lay(project, "add_routes_of_every_kind")
    edit_routers(project, add=("kinds",))
    add_request(project, '("GET", "/kinds/news"): None,\n    ("POST", "/kinds/fail"): None')


def look_at_cookies_of_others(project: Path) -> None:
    """Name the header and the methods, where no response of this app is meant."""
    lay(project, "look_at_cookies_of_others")
    (project / "app" / "old.py").write_bytes(b"\xef\xbb\xbf# coding: utf-8\nOLD = True\n")
    modules = project / PAGE / "node_modules" / "gyp"
    modules.mkdir(parents=True)
    (modules / "gyp.py").write_text('print "Python 2"\n')


def set_a_cookie_for_all_subdomains(project: Path) -> None:
    """As `docs/cookies.md` says."""
    append(
        project / "app" / "cookies.py",
        """
REGION = Cookie("region", str, purpose="Remembers where you live.", domain="example.com")
""",
    )
    lay(project, "set_a_cookie_for_all_subdomains")
    edit_routers(project, add=("region",))
    change(
        project / "tests" / "conftest.py",
        "with Browser(app) as",
        'with Browser(app, "https://www.example.com") as',
    )


def declare_the_cookie_of_a_library(project: Path) -> None:
    """With the line that the failing test says."""
    bring_an_app_over(f'response.headers.append("set-" + "cookie", "{LIBRARYS}")')(project)
    line = LINE.replace("…", "Keeps what a sign-in elsewhere needs.")
    append(project / "app" / "cookies.py", f"\n{line}\n")


def add_pytest_asyncio(project: Path) -> None:
    change(
        project / "pyproject.toml", '    "pytest>=9', '    "pytest-asyncio>=1.2",\n    "pytest>=9'
    )
    lay(project, "add_pytest_asyncio")


def reformat_file_by_file(project: Path) -> None:
    """As an editor or pre-commit does: by name, what is ours, too."""
    reformat(project, columns=88)
    paths = sorted(project.rglob("*.py"))
    ruff = [sys.executable, "-m", "ruff", "format", "--quiet", "--no-cache", *map(str, paths)]
    subprocess.run(ruff, cwd=project, check=True)


WARN = "__import__('warnings').warn_explicit"
"""Warns of a module that is named behind the line."""


def set_past_the_declaration(statement: str) -> Edit:
    def edit(project: Path) -> None:
        (project / ROUTES / "past.py").write_text(
            f"""from fastapi import APIRouter, Response

router = APIRouter()


@router.get("/past")
async def past() -> Response:
    response = Response()
    {statement}
    return response
"""
        )
        edit_routers(project, add=("past",))

    return edit


# ---- The law -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    edit: Edit
    leaves: tuple[str, ...] = ()
    """The tests that leave with what they test."""
    runs: tuple[str, ...] = ()
    """Tests that it could break, and does not change."""
    adds_packages: bool = False
    needs_sign_in: bool = False


EXAMPLE = "tests/routes/test_example.py"
WELCOME = "tests/routes/test_welcome.py"
PREFERENCES = "tests/routes/test_preferences.py"
PASSWORDS = "tests/test_passwords.py"
PAGE_TESTS = ("tests/test_page.py", "tests/test_account.py", "tests/test_not_found.py")
DEMO = (EXAMPLE, WELCOME, PREFERENCES, *PAGE_TESTS)

LAWS = {
    "the example deleted": Law(delete_the_example, (EXAMPLE,)),
    "example, welcome and locale deleted": Law(
        delete_the_example_and_the_welcome, (EXAMPLE, WELCOME)
    ),
    "preferences deleted": Law(delete_the_preferences, (PREFERENCES,)),
    "all of the demo deleted": Law(delete_the_demo, DEMO),
    "a bundler's build as the page": Law(serve_a_bundlers_build, PAGE_TESTS),
    "preferences renamed": Law(rename_the_preferences),
    "a route module renamed": Law(rename_a_route_module),
    "session cookie renamed, limits changed": Law(
        rename_the_sessions_cookie_and_change_limits, needs_sign_in=True
    ),
    "all under /api": Law(put_all_under_api),
    "main.py split": Law(split_main),
    "users of two methods": Law(write_users_with_the_two_methods, (PASSWORDS,), needs_sign_in=True),
    "a database that reads settings": Law(add_a_database, needs_sign_in=True),
    "three fields with the session": Law(keep_three_fields_with_the_session, needs_sign_in=True),
    "routes for members": Law(add_routes_for_members, needs_sign_in=True),
    "what the page on sign-in says": Law(follow_the_page_on_sign_in, needs_sign_in=True),
    "a dependency of the whole app": Law(depend_in_the_whole_app, needs_sign_in=True),
    "a handler and a middleware": Law(add_a_handler_and_a_middleware, DEMO),
    "reformatted at 88": Law(reformat_file_by_file),
    "tests named at will": Law(name_tests_at_will),
    "routes of every kind": Law(add_routes_of_every_kind),
    "variables of every name": Law(read_variables_of_every_name, runs=(WELCOME, "tests/kit")),
    "compression, trusted origins, CORS": Law(compress_and_trust, runs=(WELCOME,)),
    "cookies of others": Law(look_at_cookies_of_others),
    "a cookie for all subdomains": Law(set_a_cookie_for_all_subdomains),
    "packages that warn": Law(
        set_past_the_declaration(
            f"{WARN}('old', DeprecationWarning, 'x.py', 1, 'somebody')\n    "
            f"{WARN}('older', UserWarning, 'x.py', 2, 'fastapi.routing')"
        )
    ),
    "a library's cookie": Law(declare_the_cookie_of_a_library),
    "what the page on settings says": Law(follow_the_page_on_settings),
    "pytest-asyncio": Law(add_pytest_asyncio, adds_packages=True),
    "users in SQLModel by number": Law(
        keep_users_in_sqlmodel_by_number, (PASSWORDS,), adds_packages=True, needs_sign_in=True
    ),
    "users mapped by SQLAlchemy": Law(
        map_users_with_sqlalchemy, (PASSWORDS,), adds_packages=True, needs_sign_in=True
    ),
}


def cases() -> list[Any]:
    """Each law in both sizes, one in each strategy, in turn.

    Each push, each fourth with sign-in, but none that installs packages; the rest is slow.
    """
    return [
        pytest.param(
            name,
            STRATEGIES[(number // 4 + (size == "none")) % 2],
            size,
            marks=pytest.mark.slow if law.adds_packages or size == "none" or number % 4 else (),
        )
        for number, (name, law) in enumerate(LAWS.items())
        for size in SIZES
        if not law.needs_sign_in or size != "none"
    ]


@pytest.fixture
def size() -> str:
    return "sessions"


@pytest.fixture
def project(
    render_once: Render, strategy: str, size: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A fresh project, always in the same place: what mypy learnt of what is ours holds there."""
    folder = tmp_path_factory.getbasetemp() / "owner"
    shutil.rmtree(folder, ignore_errors=True)
    fresh = render_once(f"owner-{strategy}-{size}", cookie_strategy=strategy, sign_in=size)
    return shutil.copytree(fresh, folder)


@pytest.mark.parametrize(("name", "strategy", "size"), cases())
def test_after_an_owners_edit_all_passes_and_what_is_ours_is_untouched(
    project: Path, environment: Environment, warm: Warm, name: str, request: pytest.FixtureRequest
) -> None:
    law = LAWS[name]
    before = files(project)
    law.edit(project)
    for path in law.leaves:
        (project / path).unlink(missing_ok=True)  # one is there with sign-in only
    tidy(project)
    after = files(project)
    assert ours(after) == ours(before)
    if law.adds_packages:
        with own_environment_of(project) as python:
            assert_passes(project, python)
        return
    assert_passes(project, environment(OLDEST), STATIC_GATES)
    # The others take most of the time, and wait for the night.
    tests = [] if request.config.option.all else [*to_run(before, after), *law.runs]
    code, printed = warm(project, *PYTEST, *tests)
    assert code == 0, printed


@pytest.mark.parametrize("strategy", ["direct"])
def test_without_the_page_each_requirement_is_still_shown_to_be_met(
    project: Path, warm: Warm
) -> None:
    delete_the_demo(project)
    for path in DEMO:
        (project / path).unlink()
    code, printed = warm(project, *PYTEST, "--asvs")
    assert code == 0, printed


# ---- What must not pass ------------------------------------------------------------------


def default(field: str) -> Edit:
    """Change the default of a setting that is the kit's."""

    def edit(project: Path) -> None:
        add_fields(
            project,
            f"    {field}\n",
            "from typing import Literal",
            "from pydantic import Field",
            "from pydantic_settings import NoDecode",
            "from app.kit.settings import Origin",
        )

    return edit


def put_inside(statements: str) -> Edit:
    """Put an app that nobody protects into that of the owner."""

    def edit(project: Path) -> None:
        main = project / "app" / "main.py"
        change(
            main, "    return app\n", f'    sub = FastAPI(title="Sub"){statements}    return app\n'
        )
        add_imports(
            main,
            "from fastapi import APIRouter",
            "from fastapi.middleware.gzip import GZipMiddleware",
            "from starlette.applications import Starlette",
            "from starlette.routing import Mount",
        )

    return edit


def answer_422_as_fastapis_documentation_does(project: Path) -> None:
    main = project / "app" / "main.py"
    change(
        main,
        "    return app\n",
        """
    @app.exception_handler(RequestValidationError)
    async def handle(request: Request, exc: RequestValidationError) -> JSONResponse:
        content = jsonable_encoder({"detail": exc.errors(), "body": exc.body})
        return JSONResponse(status_code=422, content=content)

    return app
""",
    )
    add_imports(
        main,
        "from fastapi import Request",
        "from fastapi.encoders import jsonable_encoder",
        "from fastapi.exceptions import RequestValidationError",
        "from fastapi.responses import JSONResponse",
    )


def fail_in_a_route(project: Path) -> None:
    lay(project, "fail_in_a_route")
    edit_routers(project, add=("fails",))


def change_app(path: str, old: str, new: str) -> Edit:
    return lambda project: change(project / "app" / path, old, new)


def answer_with_jsonp(project: Path) -> None:
    lay(project, "answer_with_jsonp")
    edit_routers(project, add=("jsonp",))


def bring_an_app_over(statement: str, options: str = "") -> Edit:
    """As README says: an app in a package `shop` beside `app`."""

    def edit(project: Path) -> None:
        shop = project / "shop"
        shop.mkdir()
        (shop / "__init__.py").touch()
        (shop / "main.py").write_text(
            f"""from fastapi import FastAPI

from . import pages

app = FastAPI()
app.include_router(pages.router{options})
"""
        )
        (shop / "pages.py").write_text(
            f"""from fastapi import APIRouter, Response

router = APIRouter()


@router.get("/start", include_in_schema=False)
async def start() -> Response:
    response = Response()
    {statement}
    return response
"""
        )
        routers = project / ROUTES / "__init__.py"
        add_imports(routers, "from shop.main import app as shop")
        text = routers.read_text("utf-8").rstrip()
        routers.write_text(f"{text[:-1]}    shop.router,\n{text[-1]}\n")

    return edit


UNDECLARED = 'response.headers.append("set-" + "cookie", "a=b; Path=/; HttpOnly")'
"""What only shows on the wire."""


def mount_a_protected_app(project: Path) -> None:
    put_inside(
        f"""
    protect(sub, settings)

    @sub.get("/start")
    async def start() -> Response:
        response = Response()
        {UNDECLARED}
        return response

    app.mount("/sub", sub)
"""
    )(project)
    add_imports(project / "app" / "main.py", "from fastapi import Response")


def trust_one_host(project: Path) -> None:
    main = project / "app" / "main.py"
    change(
        main,
        "    return app\n",
        '    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["shop.example"])\n'
        "    return app\n",
    )
    add_imports(main, "from fastapi.middleware.trustedhost import TrustedHostMiddleware")


# As Starlette's SessionMiddleware sends it, which Authlib needs.
LIBRARYS = "session=e30=; path=/; Max-Age=1209600; httponly; samesite=lax"
LINE = """Cookie('session', str, purpose="…", max_age=1209600, secure=False)"""

DECLARED_PAST = "test_app.py::test_no_cookie_is_set_past_its_declaration"
DECLARED = "test_app.py::test_every_cookie_is_declared_and_documented"
PROTECTED = "test_app.py::test_it_is_protected"

CONTROLS: dict[str, tuple[Edit, str, str]] = {
    "a deprecation of what the app itself calls": (
        set_past_the_declaration("__import__('warnings').warn('old', DeprecationWarning)"),
        DECLARED,
        "DeprecationWarning: old",
    ),
    "a cookie that is lost, wherever the warning points": (
        set_past_the_declaration(f"{WARN}('lost', RuntimeWarning, 'x.py', 1, 'somebody')"),
        DECLARED,
        "RuntimeWarning: lost",
    ),
    "set_cookie in an app that was brought over": (
        bring_an_app_over('response.set_cookie("a", "b")'),
        DECLARED_PAST,
        "shop/pages.py:9: declare the cookie",
    ),
    "set_cookie where the routes come from": (
        bring_an_app_over('response.set_cookie("a", "b")'),
        DECLARED,
        "shop/pages.py:9: declare the cookie",
    ),
    "a cookie of a page that is not in the document": (
        bring_an_app_over(UNDECLARED),
        DECLARED,
        "declare 'a', and set it from there",
    ),
    "a cookie of an app that is mounted": (
        mount_a_protected_app,
        DECLARED,
        "declare 'a', and set it from there",
    ),
    "a cookie of a library": (
        bring_an_app_over(f'response.headers.append("set-" + "cookie", "{LIBRARYS}")'),
        DECLARED,
        f"declare it in app/cookies.py as that sends it: {LINE}",
    ),
    "a host that is not trusted": (
        trust_one_host,
        "test_app.py::test_every_cookie_is_declared_and_documented",
        "the app does not serve app.example: in tests/conftest.py write",
    ),
    "protect is not called": (
        change_app("main.py", "    protect(app, settings)\n", ""),
        PROTECTED,
        "call protect(app, settings) right after FastAPI(...)",
    ),
    "set_cookie": (
        set_past_the_declaration('response.set_cookie("a", "b")'),
        DECLARED_PAST,
        "app/routes/past.py:9: declare the cookie",
    ),
    "set_cookie, seen on the wire": (
        # As code that is read does not show it.
        set_past_the_declaration('getattr(response, "set_cookie")("a", "b")'),
        DECLARED,
        "declare 'a', and set it from there",
    ),
    "a raw header": (
        set_past_the_declaration('response.raw_headers.append((b"set-cookie", b"a=b; Path=/"))'),
        DECLARED_PAST,
        "app/routes/past.py:9: declare the cookie",
    ),
    "a header": (
        set_past_the_declaration('response.headers.append("Set-Cookie", "a=b; Path=/")'),
        DECLARED_PAST,
        "app/routes/past.py:9: declare the cookie",
    ),
    "a header that is stored": (
        set_past_the_declaration('response.headers["Set-Cookie"] = "a=b; Path=/"'),
        DECLARED_PAST,
        "app/routes/past.py:9: declare the cookie",
    ),
    "a header of a new response": (
        set_past_the_declaration('response = Response(headers={"Set-Cookie": "a=b; Path=/"})'),
        DECLARED_PAST,
        "app/routes/past.py:9: declare the cookie",
    ),
    "a route that raises": (
        fail_in_a_route,
        DECLARED,
        "That was GET /fails: say in REQUESTS in tests/test_app.py how to",
    ),
    "an answer with JSONP": (
        answer_with_jsonp,
        "routes/test_session.py::test_v3_5_3_v3_5_6_safe_methods_change_nothing_and_answer_without"
        "_jsonp",
        "AssertionError: /jsonp",
    ),
    "an app for a host": (
        put_inside('\n    app.host("sub.example", sub)\n'),
        PROTECTED,
        "call protect('Sub', settings)",
    ),
    "an app in a router": (
        put_inside(
            """
    inner = APIRouter()
    inner.mount("/sub", sub)
    outer = APIRouter()
    outer.include_router(inner)
    app.include_router(outer)
"""
        ),
        PROTECTED,
        "call protect('Sub', settings)",
    ),
    "an app in one that is protected": (
        put_inside(
            """
    middle = FastAPI()
    protect(middle, settings)
    middle.mount("/sub", GZipMiddleware(sub))
    app.mount("/middle", middle)
"""
        ),
        PROTECTED,
        "call protect('Sub', settings)",
    ),
    "an app in one of Starlette": (
        put_inside('\n    app.mount("/other", Starlette(routes=[Mount("/sub", sub)]))\n'),
        PROTECTED,
        "call protect('Sub', settings)",
    ),
    "a handler that repeats cookies": (
        answer_422_as_fastapis_documentation_does,
        PROTECTED,
        "your handler for RequestValidationError sends cookies back",
    ),
    "development by default": (
        default('fastapi_env: Literal["production", "development"] = "development"'),
        "test_app.py::test_unset_means_production",
        "assert 'development' == 'production'",
    ),
    "other attributes than declared": (
        set_past_the_declaration(
            'response.headers.append("set-" + "cookie", "locale=en; Path=/; SameSite=lax; Secure")'
        ),
        DECLARED,
        "in assert_declared",
    ),
    "a cookie that is not documented": (
        change_app(
            "routes/preferences.py",
            '        200: {"headers": set_cookie_header(PREFERENCES)},\n        201: {\n'
            '            "description": "Stored for the first time",\n'
            '            "model": Preferences,\n'
            '            "headers": set_cookie_header(PREFERENCES),\n        },\n',
            "        201: {},\n",
        ),
        DECLARED,
        "show 'preferences' in its `responses`, with set_cookie_header",
    ),
    "every origin is trusted": (
        default('trusted_origins: Annotated[list[Origin], NoDecode] = ["*"]'),
        PROTECTED,
        "write an origin without a path",
    ),
    "every origin is trusted, unchecked": (
        default('trusted_origins: list[str] = ["*"]'),
        PROTECTED,
        "access-control-allow-origin",
    ),
    "sessions of centuries": (
        default("session_absolute_limit: int = Field(default=10**10, ge=5 * 60, le=10**9)"),
        PROTECTED,
        "Input should be less than or equal to 1000000000",
    ),
    "cookies over HTTP": (
        default("cookies_over_http: bool = True"),
        PROTECTED,
        "COOKIES_OVER_HTTP=true is for `fastapi dev` only",
    ),
}


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        pytest.param(
            name,
            strategy,
            marks=pytest.mark.slow if number % 2 or turn != number % 4 // 2 else (),
        )
        for number, name in enumerate(CONTROLS)
        for turn, strategy in enumerate(STRATEGIES)
    ],
)
def test_negative_control_what_weakens_the_app_fails_in_the_owners_test(
    project: Path, warm: Warm, name: str
) -> None:
    edit, test, why = CONTROLS[name]
    edit(project)
    code, printed = warm(project, *PYTEST, f"tests/{test}")
    assert code == 1, printed
    assert "1 failed" in printed or "1 error" in printed
    assert why in printed


def test_what_could_not_be_looked_at_is_told_with_the_line_to_write(
    render: Render, warm: Warm
) -> None:
    project = render(cookie_strategy="direct", sign_in="none")
    lay(project, "a_module_beside_the_app")
    routers = project / ROUTES / "__init__.py"
    add_imports(routers, "import shop")
    text = routers.read_text("utf-8").rstrip()
    routers.write_text(f"{text[:-1]}    shop.router,\n{text[-1]}\n")
    code, printed = warm(project, *PYTEST, f"tests/{DECLARED}")
    assert code == 0, printed
    told = printed.partition("not looked at for cookies: see REQUESTS in tests/test_app.py")[2]
    for line in (
        '("POST", "/orders"): {"json": {…}},  # it answered 422',
        '("GET", "/orders/{number}"): {"url": "…"},  # it answered 422',
        "('GET', '/start'): None,  # it raised ConnectionError()",
        'a test with browser.websocket_connect("/socket")',
        '("GET", "/admin/"): {},  # Starlette, mounted',
    ):
        assert line in told.splitlines(), printed
