import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browsers.chromium import HASH, arguments
from tests.browsers.servers import (
    APP,
    App,
    Certificate,
    Site,
    app_running,
    site_running,
)
from tests.browsers.visits import Visits
from tests.conftest import Environment, Render
from tests.gates import OLDEST
from tests.tools import chromium_executable

collect_ignore = ["inside"]

INSIDE = Path(__file__).with_name("inside")

Serve = Callable[..., App]
Project = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.make(tmp_path_factory.mktemp("certificate"))


# In a module only: where Playwright runs, nothing else of this process can use asyncio.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, certificate: Certificate) -> Iterator[Browser]:
    with playwright.chromium.launch(
        executable_path=chromium_executable(playwright), args=arguments(certificate.spki)
    ) as browser:
        yield browser


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """A new visitor's browser."""
    with chromium.new_context() as context:
        yield context


@pytest.fixture
def visits(chromium: Browser) -> Iterator[Visits]:
    """Visitors who fail the test if anything was amiss."""
    with ExitStack() as stack:
        visits = Visits(chromium, stack)
        yield visits
        assert visits.amiss() == []


@pytest.fixture(scope="session")
def watched_project(render_once: Render) -> Project:
    """Return a rendered project with what stands in `inside/`, made once."""

    @cache
    def watched_project(strategy: str, size: str) -> Path:
        folder = f"watched-{strategy}-{size}"
        project = render_once(folder, cookie_strategy=strategy, sign_in=size)
        for path in INSIDE.glob("*.py"):
            shutil.copy(path, project)
        return project

    return watched_project


@pytest.fixture(scope="session")
def serve(
    watched_project: Project,
    environment: Environment,
    certificate: Certificate,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Serve]:
    """Return a rendered app that runs, the same for all who ask for the same."""
    running: dict[object, App] = {}
    with ExitStack() as stack:

        def serve(
            strategy: str,
            size: str,
            *,
            secure: bool = True,
            host: str = APP,
            project: Path | None = None,
            **variables: str,
        ) -> App:
            project = project or watched_project(strategy, size)
            key = (project, secure, host, *sorted(variables.items()))
            if key not in running:
                store = tmp_path_factory.mktemp("store") / "sessions.db"
                variables |= {
                    "SESSION_STORE": f"sqlite:///{store}",
                    "USERS": json.dumps({"ada": HASH, "grace": HASH}),
                    # All the tests that share an app come from one address, while its time
                    # stands still.
                    "SIGN_IN_LIMIT_PER_ADDRESS": "100000 per 10 minutes",
                }
                trusted = certificate if secure else None
                python = environment(OLDEST)
                running[key] = stack.enter_context(
                    app_running(project, python, trusted, host, **variables)
                )
            return running[key]

        yield serve


@pytest.fixture(scope="session")
def https_site(certificate: Certificate) -> Iterator[Site]:
    with site_running(certificate) as site:
        yield site


@pytest.fixture(scope="session")
def http_site() -> Iterator[Site]:
    with site_running(None) as site:
        yield site


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    return visitor.new_page()
