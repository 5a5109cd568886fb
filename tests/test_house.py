"""The rules of the rendered project's layout: the folder says whose a line is."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.answers import SIZES, STRATEGIES
from tests.conftest import Render
from tests.tools import files


@pytest.fixture(scope="module", params=product(STRATEGIES, SIZES), ids="-".join)
def project(request: pytest.FixtureRequest, render_once: Render) -> Path:
    strategy, size = request.param
    return render_once(f"house-{strategy}-{size}", cookie_strategy=strategy, sign_in=size)


def imports(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            # A name that is imported can be a module itself.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def lines(*paths: Path) -> int:
    return sum(len(path.read_text("utf-8").splitlines()) for path in paths)


@pytest.mark.parametrize("kit", ["app/kit", "tests/kit"])
def test_the_kit_imports_nothing_of_the_owners(project: Path, kit: str) -> None:
    for path in project.joinpath(kit).rglob("*.py"):
        for module in imports(path):
            package, _, rest = module.partition(".")
            if package in {"app", "tests"}:
                assert rest.split(".")[0] == "kit", f"{path.relative_to(project)}: {module}"
            assert kit == "tests/kit" or package != "tests", path


def test_no_module_of_the_app_imports_in_a_circle(project: Path) -> None:
    modules = {
        ".".join(path.relative_to(project).with_suffix("").parts).removesuffix(".__init__"): path
        for path in project.joinpath("app").rglob("*.py")
    }
    # A module, or the name of one in a package; importing a package's own parts is no circle.
    graph = {
        name: {
            found
            for each in imports(path)
            for found in (each, each.rpartition(".")[0])
            if found in modules and not name.startswith(found)
        }
        for name, path in modules.items()
        if path.name != "__init__.py"
    }
    waiting = set(graph)
    while ready := {name for name in waiting if not graph[name] & waiting}:
        waiting -= ready
    assert waiting == set()


def test_the_core_knows_nothing_of_sign_in(project: Path) -> None:
    for kit in ("app/kit", "tests/kit"):
        for path in project.joinpath(kit).rglob("*.py"):
            if "sessions" not in path.relative_to(project / kit).parts:
                text = path.read_text("utf-8")
                # pytest calls a run a session, too.
                text = text.replace("sessionfinish(self, session: pytest.Session)", "")
                text = text.replace("session.exitstatus", "")
                assert not re.findall("sessions?|sign.?in", text, re.IGNORECASE), path


def test_public_names_are_flat_and_each_is_there_once(project: Path) -> None:
    names = [
        alias.asname or alias.name
        for package in project.joinpath("app/kit").rglob("__init__.py")
        for node in ast.parse(package.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert "Cookie" in names
    assert len(names) == len(set(names))


def test_a_project_without_sign_in_is_small_and_says_nothing_of_it(project: Path) -> None:
    if (project / "app/sign_in.py").exists():
        assert lines(project / "README.md") <= 150
        return
    assert lines(project / "README.md") <= 100
    # How to move up, where caches "store", what pytest runs, and FastAPI's own example.
    allowed = re.compile(
        r"## Add sign-in|shall sign in|sign_in(=sessions|: none)|`sign_in=sessions` adds sign-in|"
        r"no-store|restore|may store|fakesession|fake-cookie-session|sessionStorage|"
        r"pytest_sessionfinish\(self, session: pytest.Session\)|session\.exitstatus",
        re.IGNORECASE,
    )
    words = re.compile(r"sessions?\b|sign.?in\b|signed|argon2|redis|postgres|password", re.I)
    for path, content in files(project).items():
        if path == "docs/changes.md":  # What releases brought is the same in each size.
            continue
        text = allowed.sub("", content.decode())
        assert not words.findall(text), f"{path}: {words.findall(text)}"


def test_what_tests_share_stands_in_no_test_module() -> None:
    for path in Path(__file__).parent.rglob("*.py"):
        if "inside" not in path.parts:
            shared = [each for each in imports(path) if re.search(r"tests\.(\w+\.)*test_", each)]
            assert not shared, f"{path.name}: {shared}"
