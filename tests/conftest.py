import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import copier
import jinja2
import pytest

from tests.answers import QUESTIONS, ROOT, unasked
from tests.history import WORK_TREE, leave_stubs, stubs, template_with_releases
from tests.tools import commit_all, git, interpreters, work_tree
from tests.what_runs import Chosen, changed_since, choose

# Copier, git and the stores write many small files, which takes half the time in memory.
MEMORY = Path("/dev/shm")
if os.access(MEMORY, os.W_OK):
    status = os.statvfs(MEMORY)
    if not status.f_flag & os.ST_NOEXEC and status.f_bavail * status.f_frsize > 4 * 1024**3:
        os.environ["TMPDIR"] = str(MEMORY)

Render = Callable[..., Path]
Environment = Callable[[Path], Path]
Copies = Callable[..., Path]
Warm = Callable[..., tuple[int, str]]


LEFT_OUT = pytest.StashKey[int]()
CHOSEN = pytest.StashKey[Chosen]()

ENVIRONMENTS = "ENVIRONMENTS_OF_RENDERED_PROJECTS"


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder for what the processes of xdist share.

    Not in pytest's folder: each pytest that starts closes that to other users, and run as root
    the rendered tests start PostgreSQL as another user.
    """
    if base := config.option.base:
        config.stash[CHOSEN] = choose(changed_since(ROOT, base), base)
    if not hasattr(config, "workerinput"):
        folder = TemporaryDirectory(dir=os.environ.get("TMPDIR"), ignore_cleanup_errors=True)
        Path(folder.name).chmod(0o755)
        os.environ[ENVIRONMENTS] = folder.name
        config.add_cleanup(folder.cleanup)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the slow tests, too")
    parser.addoption("--base", metavar="REF", help="run what tests/what_runs.py says of a change")


def pytest_report_header(config: pytest.Config) -> str | None:
    return f"Runs {chosen.why}" if (chosen := config.stash.get(CHOSEN, None)) else None


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One more than there are processors: the rendered tests wait for their servers at times."""
    return (yield) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is slow or not chosen; run the first case of each with Copier as it is."""
    chosen = config.stash.get(CHOSEN, Chosen("all that any push runs"))
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        slow = bool(item.get_closest_marker("slow")) and not config.option.all
        guards = [path for mark in item.iter_markers("guards") for path in mark.args]
        runs = chosen.runs(item.nodeid, slow=slow, guards=guards)
        (kept if runs else left_out).append(item)
    if left_out:
        items[:] = kept
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = len(left_out)
    seen = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if test not in seen:
            item.add_marker("copier_as_it_is")
        seen.add(test)


# The processes of xdist tell the one that prints: what was left out must not look as if it passed.
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"{left_out} tests were left out: uv run pytest --all runs them", yellow=True
        )


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


COMPILED: dict[tuple[object, ...], Any] = {}


@pytest.fixture
def quick_copier(request: pytest.FixtureRequest) -> Iterator[None]:
    """Spare Copier, in this process, what it does anew for each render: half of its time.

    Jinja compiles a template of ours once; a test that renders twice to compare must not use that,
    since Jinja evaluates what is constant when it compiles. And git is not asked for each file
    whether it ignores the executable bit, which it does not here. In the first case of each test,
    all is as it is for users.
    """
    compile_anew = jinja2.Environment.compile

    def compile_once(self: jinja2.Environment, source: Any, *arguments: Any, **options: Any) -> Any:
        key = (source, arguments, *options.items())
        if key not in COMPILED:
            COMPILED[key] = compile_anew(self, source, *arguments, **options)
        return COMPILED[key]

    with pytest.MonkeyPatch.context() as patch:
        if not request.node.get_closest_marker("copier_as_it_is"):
            patch.setattr(jinja2.Environment, "compile", compile_once)
            # Copier's own, so it may get another name: then the tests are slower again.
            ask_git = "copier._main.Worker._sync_git_index_executable_bit"
            patch.setattr(ask_git, lambda *_: None, raising=False)
        yield


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
def environment(render_once: Render) -> Environment:
    """Return the Python of an environment in which rendered projects run, made once for all."""

    def environment(interpreter: Path) -> Path:
        folder = Path(os.environ[ENVIRONMENTS]) / interpreter.parent.parent.name
        with folder.with_suffix(".lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if not folder.exists():
                subprocess.run(
                    ["uv", "sync", "--quiet", "--compile-bytecode", "--python", interpreter],
                    cwd=render_once("environment"),
                    env=os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder)},
                    check=True,
                )
        return folder / "bin" / "python"

    return environment


@pytest.fixture(scope="session")
def warm(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Run pytest in a rendered project quickly; return its exit code and what it printed."""
    output = tmp_path_factory.mktemp("warm") / "output"
    process = subprocess.Popen(
        [environment(min(interpreters().items())[1]), Path(__file__).with_name("warm.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def warm(project: Path, *arguments: str) -> tuple[int, str]:
        assert process.stdin
        assert process.stdout
        print(json.dumps([str(project), str(output), *arguments]), file=process.stdin, flush=True)
        return int(process.stdout.readline()), output.read_text("utf-8")

    with process:
        yield warm
        assert process.stdin
        process.stdin.close()


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with every release so far, and the work tree as the newest."""
    return template_with_releases(tmp_path_factory.mktemp("releases") / "template")


@pytest.fixture(scope="session")
def fresh(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Return a fresh copy at a version, made once. Nobody changes it.

    With `since`, an older version, it is what an update from there makes: with stubs of what moved,
    and its answers to questions that came later.
    """
    made: dict[str, Path] = {}

    def fresh(version: str, since: str = WORK_TREE, **answers: Any) -> Path:
        answers = unasked(since) | answers
        moved = stubs(since, version)
        key = f"{version} {sorted(moved)} {answers}"
        if key not in made and moved:
            copied = tmp_path_factory.mktemp("fresh") / "project"
            made[key] = shutil.copytree(fresh(version, **answers), copied)
            leave_stubs(copied, since, version)
        elif key not in made:
            made[key] = tmp_path_factory.mktemp("fresh") / "project"
            copier.run_copy(
                str(history),
                made[key],
                data={"project_name": "My App", **answers},
                vcs_ref=version,
                defaults=True,
                quiet=True,
            )
        return made[key]

    return fresh


@pytest.fixture
def start(fresh: Copies, tmp_path: Path) -> Copies:
    """Start a project from a version, under git."""

    def start(version: str, folder: str = "project", **answers: Any) -> Path:
        project = shutil.copytree(fresh(version, **answers), tmp_path / folder)
        commit_all(project)
        return project

    return start


@pytest.fixture
def published(history: Path, tmp_path: Path) -> Path:
    """A template whose newest release is the work tree, and which will have one more."""
    template = tmp_path / "the template"
    git(tmp_path, "clone", "--quiet", str(history), str(template))
    return template


@pytest.fixture
def commands(tmp_path: Path) -> dict[str, str]:
    """An environment in which `uvx copier` is the Copier of these tests, and `gh` writes down."""
    folder = tmp_path / "bin"
    folder.mkdir()
    uvx = f'#!/bin/sh\nshift\nexec "{sys.executable}" -m copier "$@"\n'
    gh = (
        f'#!/bin/sh\nfor each; do printf "%s\\0" "$each"; done >> "{tmp_path}/gh"\n'
        'printf "%s" "${GH_PRINTS:-}"\nexit $GH_FAILS\n'
    )
    for name, script in {"uvx": uvx, "gh": gh}.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "TMPDIR": str(tmp_path)}
