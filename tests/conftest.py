import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import copier
import pytest

from tests.answers import QUESTIONS, ROOT
from tests.tools import git, work_tree

Render = Callable[..., Path]
Environment = Callable[[Path], Path]


@pytest.fixture(scope="session", autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test depends on the Copier or git settings of whoever runs it, nor changes them."""
    patch = pytest.MonkeyPatch()
    home = tmp_path_factory.mktemp("home")
    (home / "settings.yml").write_text("{}")
    (home / "gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n")
    patch.setenv("COPIER_SETTINGS_PATH", str(home / "settings.yml"))
    patch.setenv("COPIER_CACHE_DIR", str(home / "cache"))
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    # The environment that runs these tests is not that of the rendered projects.
    for name in ("VIRTUAL_ENV", "FASTAPI_ENV", "COOKIES_OVER_HTTP", "SESSION_STORE", "USERS"):
        patch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it stands in the work tree, without git: quick to render."""
    folder = tmp_path_factory.mktemp("template")
    for path in work_tree(ROOT):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, target)
    return folder


@pytest.fixture(scope="session")
def template_repository(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in a git repository with one commit: Copier records where a project came from."""
    folder = tmp_path_factory.mktemp("repository") / "the template"
    shutil.copytree(template, folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message=Release")
    return folder


@pytest.fixture
def render(template: Path, tmp_path: Path) -> Render:
    """Render a project, through Copier's API and without trust."""
    return make_render(template, tmp_path)


@pytest.fixture(scope="session")
def render_once(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Render a project that several tests share and none changes."""
    return make_render(template, tmp_path_factory.mktemp("shared"))


def make_render(template: Path, parent: Path) -> Render:
    def render(folder: str = "project", template: Path = template, **answers: Any) -> Path:
        unknown = answers.keys() - QUESTIONS.keys()
        assert not unknown, f"Copier takes unknown answers without a word: {unknown}"
        data = {"project_name": "My App", **answers}
        copier.run_copy(
            str(template), parent / folder, data=data, defaults=True, overwrite=True, quiet=True
        )
        return parent / folder

    return render


@pytest.fixture(scope="session")
def environment(render_once: Render) -> Iterator[Environment]:
    """Return the Python of an environment in which rendered projects run, made once.

    Not in pytest's folder: each pytest that starts closes that to other users, and run as root
    the rendered tests start PostgreSQL as another user.
    """
    made: dict[Path, Path] = {}
    folders = ExitStack()

    def environment(interpreter: Path) -> Path:
        if interpreter not in made:
            project = render_once("environment")
            folder = Path(folders.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
            subprocess.run(
                ["uv", "sync", "--quiet", "--compile-bytecode", "--python", interpreter],
                cwd=project,
                env=os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder)},
                check=True,
            )
            made[interpreter] = folder / "bin" / "python"
        return made[interpreter]

    with folders:
        yield environment
