"""Edits around the places that a move up, a switch or a release touches, as owners make them.

Each has a test of the owner's, of what it means: git merges it into something that means that and
what the template means, or reports a conflict.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.owners import add_request, edit_routers
from tests.tools import change

YOURS = "    # Yours:\n"
DOCSTRING = '    """Every variable that the app reads. `.env.example` lists them, too."""\n'

OF_ALL = """import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI

from app.settings import Settings
from tests.kit.browser import Browser

"""


@dataclass(frozen=True)
class Place:
    """An edit, and what it means."""

    edit: Callable[[Path], None]
    test: str = ""
    """The body of a test module that holds before and afterwards."""
    moving_up: frozenset[str] = frozenset()
    """What is in conflict when sign-in is added; for the owner to resolve, and to see."""


def _main(*pairs: tuple[str, str]) -> Callable[[Path], None]:
    return _in("app/main.py", *pairs)


def _in(path: str, *pairs: tuple[str, str]) -> Callable[[Path], None]:
    def edit(project: Path) -> None:
        for old, new in pairs:
            change(project / path, old, new)

    return edit


def _append(path: str, text: str) -> Callable[[Path], None]:
    def edit(project: Path) -> None:
        with (project / path).open("a") as file:
            file.write(text)

    return edit


LIFESPAN = """@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.log = ["opened"]
    yield
    app.state.log.append("closed")


"""
LIFESPAN_RUNS = """
def test_my_lifespan_runs(app: FastAPI) -> None:
    for _ in range(2):
        with Browser(app) as browser:
            assert browser.get("/health").status_code == 200
            assert app.state.log == ["opened"]
        assert app.state.log == ["opened", "closed"]
"""
IMPORTS = (
    "from pathlib import Path\n",
    "from collections.abc import AsyncIterator\nfrom contextlib import asynccontextmanager\n"
    "from pathlib import Path\n",
)
METADATA = "        version=PROJECT.version,\n"


def lifespan_elsewhere(project: Path) -> None:
    (project / "app" / "startup.py").write_text(
        "from collections.abc import AsyncIterator\nfrom contextlib import asynccontextmanager\n\n"
        f"from fastapi import FastAPI\n\n\n{LIFESPAN.rstrip()}\n"
    )
    _main(
        ("from app.settings import", "from app.startup import lifespan\nfrom app.settings import"),
        (METADATA, f"{METADATA}        lifespan=lifespan,\n"),
    )(project)


def lifespan_of_a_router(project: Path) -> None:
    (project / "app" / "routes" / "books.py").write_text(
        "from collections.abc import AsyncIterator\nfrom contextlib import asynccontextmanager\n\n"
        f"from fastapi import APIRouter, FastAPI\n\n\n{LIFESPAN}"
        "router = APIRouter(lifespan=lifespan)\n"
    )
    edit_routers(project, add=("books",))


def drop_the_welcome(project: Path) -> None:
    (project / "app" / "routes" / "welcome.py").unlink()
    (project / "tests" / "routes" / "test_welcome.py").unlink()
    edit_routers(project, drop=("welcome",))


def add_a_router(project: Path) -> None:
    (project / "app" / "routes" / "books.py").write_text(
        "from fastapi import APIRouter\n\nfrom app.settings import SettingsDep\n\n"
        'router = APIRouter()\n\n\n@router.get("/shop")\n'
        "async def shop(settings: SettingsDep) -> bool:\n    return settings.docs\n"
    )
    edit_routers(project, add=("books",))


MAIN, SETTINGS = frozenset({"app/main.py"}), frozenset({"app/settings.py"})

PLACES = {
    "a lifespan": Place(
        _main(
            IMPORTS,
            ("def create_app", f"{LIFESPAN}def create_app"),
            (METADATA, f"{METADATA}        lifespan=lifespan,\n"),
        ),
        LIFESPAN_RUNS,
    ),
    "a lifespan after the docs' pages": Place(
        _main(
            IMPORTS,
            ("def create_app", f"{LIFESPAN}def create_app"),
            ("        redoc_url=None,\n", "        redoc_url=None,\n        lifespan=lifespan,\n"),
        ),
        LIFESPAN_RUNS,
    ),
    "a lifespan of another module": Place(lifespan_elsewhere, LIFESPAN_RUNS),
    "a lifespan of a router": Place(lifespan_of_a_router, LIFESPAN_RUNS),
    "a middleware": Place(
        _main(
            ("from fastapi import FastAPI\n",
             "from fastapi import FastAPI\nfrom fastapi.middleware.gzip import GZipMiddleware\n"),
            ("    return app\n",
             "    app.add_middleware(GZipMiddleware, minimum_size=1)\n    return app\n"),
        ),
        """
def test_answers_are_compressed(browser: Browser) -> None:
    assert browser.get("/health").headers["content-encoding"] == "gzip"
""",
    ),
    "a security header": Place(
        _main(
            ("protect(app, settings)", 'protect(app, settings, csp={"img-src": "https:"})')
        ),
        """
def test_images_come_from_anywhere(browser: Browser) -> None:
    assert "img-src https:" in browser.get("/health").headers["content-security-policy"]
""",
    ),
    "all under /api": Place(
        _main(("app.include_router(router)", 'app.include_router(router, prefix="/api")')),
        """
def test_all_is_under_api(browser: Browser) -> None:
    assert browser.get("/api/health").status_code == 200
""",
    ),
    "another call beside the docs": Place(
        _main(
            ("    add_docs(app, settings)\n",
             '    add_docs(app, settings)\n    app.state.shop = "open"\n')
        ),
        moving_up=MAIN,
    ),
    "another import beside the settings": Place(
        _main(
            ("from app.settings import Settings, load_settings\n",
             "from app.settings import Settings, load_settings\nfrom app.shop import Shop\n")
        ),
        moving_up=MAIN,
    ),
    "another name of the kit": Place(
        _main(("add_docs, protect\n", "add_docs, filtered, protect\n")), moving_up=MAIN
    ),
    "a dependency of the whole app": Place(
        _main(
            ("from fastapi import FastAPI\n", "from fastapi import Depends, FastAPI\n"),
            ("def create_app", "async def note() -> None: ...\n\n\ndef create_app"),
            (METADATA, f"{METADATA}        dependencies=[Depends(note)],\n"),
        ),
        """
def test_each_request_is_noted(app: FastAPI, browser: Browser) -> None:
    from app.main import note

    noted: list[str] = []
    app.dependency_overrides[note] = lambda: noted.append("")
    assert browser.get("/health").status_code == 200
    assert noted == [""]
""",
    ),
    "an app inside": Place(
        _main(
            ("    return app\n",
             '    inside = FastAPI()\n    protect(inside, settings)\n'
             '    app.mount("/inside", inside)\n    return app\n')
        ),
        """
def test_what_is_inside_is_served(browser: Browser) -> None:
    assert browser.get("/inside/openapi.json").status_code == 200
""",
    ),
    "a setting": Place(
        _in("app/settings.py", (YOURS, f"{YOURS}    page_size: int = 20\n")),
        """
def test_it_is_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.page_size == 20
    monkeypatch.setenv("PAGE_SIZE", "30")
    assert Settings().page_size == 30
""",
    ),
    "a prefix of the settings": Place(
        _in(
            "app/settings.py",
            ("from fastapi import Depends\n",
             "from fastapi import Depends\nfrom pydantic_settings import SettingsConfigDict\n"),
            (DOCSTRING,
             f'{DOCSTRING}\n    model_config = SettingsConfigDict(env_prefix="shop_")\n'),
        ),
        moving_up=SETTINGS,
    ),
    "settings that are loaded once": Place(
        _in(
            "app/settings.py",
            ("from typing import Annotated\n",
             "from functools import cache\nfrom typing import Annotated\n"),
            ("def load_settings", "@cache\ndef load_settings"),
        ),
        """
def test_they_are_the_same() -> None:
    from app.settings import load_settings

    assert load_settings() is load_settings()
""",
    ),
    "settings of another class": Place(
        _in(
            "app/settings.py",
            ("class Settings(KitSettings)",
             "class Shop(KitSettings):\n    pass\n\n\nclass Settings(Shop)"),
        ),
        moving_up=SETTINGS,
    ),
    "a router": Place(
        add_a_router,
        """
def test_it_is_served(browser: Browser) -> None:
    assert browser.get("/shop").json() is False
""",
    ),
    "a router whose name comes after preferences": Place(
        lambda project: edit_routers(project, add=("shop",)),
        moving_up=frozenset({"app/routes/__init__.py"}),
    ),
    "the welcome deleted": Place(
        drop_the_welcome, moving_up=frozenset({"app/routes/__init__.py"})
    ),
    "a fixture": Place(
        _append("tests/conftest.py", "\n\n@pytest.fixture\ndef shop() -> str: ...\n"),
        moving_up=frozenset({"tests/conftest.py"}),
    ),
    "a command": Place(
        _in(
            "app/__main__.py",
            ('run(cookie_commands("app.routes"))',
             'run(cookie_commands("app.routes"), lambda parsers: None)'),
        ),
        moving_up=frozenset({"app/__main__.py"}),
    ),
    "a variable in .env.example": Place(
        _append(".env.example", "\n# How many to a page.\nPAGE_SIZE=\n"),
        """
def test_it_is_the_last() -> None:
    text = Path(".env.example").read_text("utf-8")
    assert text.endswith("\\n# How many to a page.\\nPAGE_SIZE=\\n")
    assert text.count("MAX_BODY_SIZE=") == 1
""",
    ),
    "a request that the test makes": Place(
        lambda project: add_request(project, '("POST", "/nowhere"): None'),
        """
def test_all_are_there() -> None:
    from tests.test_app import REQUESTS

    assert {("POST", "/nowhere"), ("PUT", "/preferences")} <= {*REQUESTS}
""",
    ),
}  # fmt: skip


def write_its_test(project: Path, test: str) -> Path:
    path = project / "tests" / "test_of_the_owner.py"
    used = [name for name in re.findall(r"\w+", OF_ALL) if re.search(rf"\b{name}\b", test)]
    kept = []
    for line in OF_ALL.splitlines():
        module, _, names = line.partition(" import ")
        wanted = [name for name in names.split(", ") if name in used]
        if wanted:
            kept.append(f"{module} import {', '.join(wanted)}")
        elif line.removeprefix("import ") in used or not line:
            kept.append(line)
    path.write_text("\n".join(kept) + f"\n{test}")
    return path
