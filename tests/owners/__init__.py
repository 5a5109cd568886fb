"""Owners of projects: what each did to theirs, as short scripts of edits that a person would make.

An edit is a function of the project's folder. What it writes whole stands in `inside/`, in a folder
of its name, and is checked where it is laid: tests run a project's gates there. `LEAVES` names the
tests that leave with an edit. An owner is a few edits, how they resolve the conflicts of an update,
and what fails afterwards for reasons of layout.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.edits import unmerged
from tests.history import VERSIONS
from tests.tools import change, files, git

Edit = Callable[[Path], None]
INSIDE = Path(__file__).with_name("inside")


def lay(project: Path, name: str) -> None:
    """Lay the files of this edit over a project."""
    shutil.copytree(INSIDE / name, project, dirs_exist_ok=True)


# ---- Where things stand: all that another layout changes ---------------------------------

ROUTES = "app/routes"
PAGE = "app/frontend"
REQUESTS = "tests/test_every_route.py"
"""The test that was told how each path operation is requested, before `tests/test_app.py`."""
DEMO_ROUTES = ("example", "welcome", "preferences")
DEMO_COOKIES = ("FAKESESSION", "LOCALE", "PREFERENCES")


def kit(project: Path) -> str:
    """Return from where an owner imports what declares a cookie."""
    return "app.kit" if (project / "app" / "kit").exists() else "app.declaration"


def edit_routers(project: Path, *, add: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> None:
    """Change the two lists in `routes/__init__.py`; older releases write each in one line."""
    package = project / ROUTES / "__init__.py"
    text = package.read_text("utf-8")
    docstring, names, routers = re.split(
        r"from app\.routes import |\n+routers = ", text.replace("(\n", "").rstrip()
    )
    imported = {*re.findall(r"\w+", names), *add} - {*drop}
    listed = [name for name in re.findall(r"(\w+)\.router", routers) if name not in {*drop, *add}]
    listed += add
    package.write_text(
        f"{docstring}from app.routes import (\n"
        + "".join(f"    {name},\n" for name in sorted(imported))
        + ")\n\nrouters = (\n"
        + "".join(f"    {name}.router,\n" for name in listed)
        + ")\n"
    )


def its_test(project: Path, name: str) -> Path:
    """Return the test of this name, in whichever folder it stands."""
    [path] = (project / "tests").rglob(name)
    return path


def drop_cookie(project: Path, name: str) -> None:
    path = project / "app" / "cookies.py"
    declaration = re.compile(rf"\n*^{name} = Cookie\(\n.*?^\)\n", flags=re.M | re.S)
    text = declaration.sub("\n", path.read_text("utf-8"), count=1)
    if name == "PREFERENCES":  # and what it holds
        model = re.compile(r"\n*^class Preferences.*?(?=\n\n\n|\Z)", flags=re.M | re.S)
        text = model.sub("\n", text, count=1)
    path.write_text(text)


def requests_of(project: Path) -> Path:
    """Return the test that is told how each path operation is requested."""
    path = project / "tests" / "test_app.py"
    return path if path.exists() else project / REQUESTS


def add_request(project: Path, entry: str) -> None:
    change(requests_of(project), "}},\n}\n", f"}}}},\n    {entry},\n}}\n")


def drop_request(project: Path, path: str) -> None:
    requests = requests_of(project)
    text = requests.read_text("utf-8")
    requests.write_text(re.sub(rf'^    \("\w+", "{path}"\): .*\n', "", text, flags=re.M))


# ---- Edits -------------------------------------------------------------------------------


def keep_users_in_sqlmodel(project: Path) -> None:
    """Rewrite users.py with what its docstring asks for: `find` and `authenticate`."""
    change(
        project / "pyproject.toml",
        "dependencies = [\n",
        'dependencies = [\n    "sqlmodel>=0.0.24",\n',
    )
    lay(project, "keep_users_in_sqlmodel")
    with (project / ".gitignore").open("a") as ignored:
        ignored.write("users.db\n")
    with (project / "tests" / "conftest.py").open("a") as conftest:
        conftest.write(
            """

@pytest.fixture(autouse=True, scope="session")
def users_in_the_database() -> None:
    from sqlmodel import Session, SQLModel

    from app.db import engine
    from app.users import User

    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for number, name in enumerate(("ada", "grace"), 1):
            session.merge(User(id=number, name=name, password=HASH))
        session.commit()
"""
        )
    # What opens sessions.
    opens = project / "app" / ("sign_in.py" if kit(project) == "app.kit" else "main.py")
    change(opens, "Users(settings.users)", "Users()")


def add_three_routers(project: Path) -> None:
    """A route each, and a cookie: what works in either strategy."""
    for name in ("authors", "books"):
        (project / ROUTES / f"{name}.py").write_text(
            f'''from fastapi import APIRouter

router = APIRouter(prefix="/{name}", tags=["{name}"])


@router.get("")
async def list_{name}() -> list[str]:
    return []
'''
        )
    with (project / "app" / "cookies.py").open("a") as cookies:
        cookies.write(
            '\nSHELF = Cookie("shelf", str, purpose="Remembers your shelf.", max_age=7 * DAY)\n'
        )
    (project / ROUTES / "shelves.py").write_text(
        f"""from fastapi import APIRouter, Response

from app.cookies import SHELF
from {kit(project)} import set_cookie_header

router = APIRouter(prefix="/shelves", tags=["shelves"])


@router.put(
    "/{{name}}", status_code=204, responses={{204: {{"headers": set_cookie_header(SHELF)}}}}
)
async def choose_shelf(name: str, response: Response) -> None:
    SHELF.set(response, name)
"""
    )
    add_request(project, '("PUT", "/shelves/{name}"): {"url": "/shelves/poems"}')
    list_three_routers(project)


def list_three_routers(project: Path) -> None:
    edit_routers(project, add=("authors", "books", "shelves"))


def rename_a_route_module(project: Path) -> None:
    for path in (project / ROUTES / "preferences.py", its_test(project, "test_preferences.py")):
        path.rename(path.with_stem(path.stem.replace("preferences", "appearance")))
    list_the_renamed(project)


def list_the_renamed(project: Path) -> None:
    edit_routers(project, add=("appearance",), drop=("preferences",))


def replace_the_page(project: Path) -> None:
    """Put the build of a bundler in place of the page."""
    shutil.rmtree(project / PAGE)
    (project / PAGE / "assets").mkdir(parents=True)
    lay(project, "replace_the_page")


def change_limits(project: Path) -> None:
    change(
        project / "app" / "main.py",
        "MAX_BODY_SIZE: Final = 1024 * 1024",
        "MAX_BODY_SIZE: Final = 8 * 1024 * 1024",
    )
    if "session_idle_limit" in (project / "app" / "settings.py").read_text("utf-8"):
        change(project / "app" / "settings.py", "default=60 * 60,", "default=30 * 60,")
        change(project / "app" / "settings.py", '"10 per 10 minutes"', '"5 per 10 minutes"')
        change(project / ".env.example", "3600", "1800")
        change(project / ".env.example", '"10 per 10 minutes"', '"5 per 10 minutes"')


def delete_the_demo(project: Path) -> None:
    """All demo routes, their cookies, the locale and the page."""
    for name in DEMO_ROUTES:
        (project / ROUTES / f"{name}.py").unlink()
    (project / "app" / "locale.py").unlink()
    shutil.rmtree(project / PAGE)
    main = project / "app" / "main.py"
    main.write_text(re.sub(r"    app\.frontend\(.*\n", "", main.read_text("utf-8")))
    drop_the_demos_routers(project)
    drop_the_demos_cookies(project)
    drop_the_demos_request(project)


def drop_the_demos_routers(project: Path) -> None:
    edit_routers(project, drop=DEMO_ROUTES)


def drop_the_demos_request(project: Path) -> None:
    drop_request(project, "/preferences")


def drop_the_demos_cookies(project: Path) -> None:
    for name in DEMO_COOKIES:
        drop_cookie(project, name)


def reformat(project: Path, columns: int = 120) -> None:
    """As black would at so many columns."""
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text("utf-8")
    pyproject.write_text(text.replace("line-length = 100", f"line-length = {columns}"))
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet"], cwd=project, check=True)


def move_ci_to_the_repository(project: Path) -> None:
    """GitHub reads workflows at the root of a repository only."""
    (project / ".github").rename(project.parent / ".github")


def write_a_readme(project: Path) -> None:
    change(project / "README.md", "## Run it\n", "The backend of our shop.\n\n## Run it\n")


def add_docker_stages(project: Path) -> None:
    edit_the_dockerfile(project)
    with (project / ".dockerignore").open("a") as file:
        file.write("!page\n")


def edit_the_dockerfile(project: Path) -> None:
    path = project / "Dockerfile"
    change(
        path,
        "FROM python:3.11-slim AS build\n",
        "FROM node:24-slim AS page\nWORKDIR /page\nCOPY page .\nRUN npm ci && npm run build\n\n"
        "FROM python:3.11-slim AS build\n",
    )
    change(path, "COPY app app\n", "COPY app app\nCOPY --from=page /page/dist app/frontend\n")
    change(path, "EXPOSE 8000\n", "EXPOSE 8000\nLABEL team=shop\n")


def add_ci_jobs(project: Path) -> None:
    path = project / ".github" / "workflows" / "ci.yml"
    change(
        path,
        "      - run: uv sync --locked\n",
        "      - run: uv sync --locked\n      - run: uv run python -m app cookies\n",
    )
    with path.open("a") as file:
        file.write(
            "\n  deploy:\n    needs: test\n    runs-on: ubuntu-latest\n"
            "    steps:\n      - run: ./deploy\n"
        )


def move_app_into_src(project: Path) -> None:
    (project / "src").mkdir()
    (project / "app").rename(project / "src" / "app")
    change(project / "src/app/main.py", "HERE.parent /", "HERE.parent.parent /")
    name_src_in_pyproject(project)
    name_src_in_the_dockerfile(project)


def name_src_in_pyproject(project: Path) -> None:
    pyproject = project / "pyproject.toml"
    change(pyproject, 'pythonpath = ["."]', 'pythonpath = [".", "src"]')
    text = pyproject.read_text("utf-8")  # which measures coverage in older releases
    pyproject.write_text(text.replace('source = ["app"]', 'source = ["src/app"]'))
    change(pyproject, 'files = ["app", ', 'mypy_path = "src"\nfiles = ["src/app", ')


def name_src_in_the_dockerfile(project: Path) -> None:
    change(project / "Dockerfile", "COPY app app\n", "COPY src src\nENV PYTHONPATH=/srv/src\n")


def commit_windows_line_endings(project: Path) -> None:
    for path, content in files(project).items():
        (project / path).write_bytes(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


LEAVES: dict[Edit, tuple[str, ...]] = {
    keep_users_in_sqlmodel: ("test_users.py",),
    delete_the_demo: ("test_example.py", "test_preferences.py", "test_welcome.py"),
}
"""The tests that leave with an edit."""


def tidy(project: Path) -> None:
    """What everybody runs before a commit."""
    for command in (["check", "--fix"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "--no-cache"]
        subprocess.run(ruff, cwd=project, check=False)


# ---- How a conflict is resolved ----------------------------------------------------------

Resolve = Callable[[Path, str], None]


def _stage(project: Path, number: int, path: str) -> bytes | None:
    """Return one side of a conflict (1: before, 2: mine, 3: theirs); None where it has no file."""
    shown = subprocess.run(
        ["git", "show", f":{number}:./{path}"], cwd=project, capture_output=True, check=False
    )
    return shown.stdout if shown.returncode == 0 else None


def _keep(project: Path, path: str, content: bytes | None) -> None:
    if content is None:
        (project / path).unlink(missing_ok=True)
    else:
        (project / path).write_bytes(content)


def keep_mine(project: Path, path: str) -> None:
    _keep(project, path, _stage(project, 2, path))


def keep_theirs(project: Path, path: str) -> None:
    _keep(project, path, _stage(project, 3, path))


def is_stub(path: Path) -> bool:
    """Return whether this says where a file went: its owner carries the edit over, or drops it."""
    return path.is_file() and path.read_bytes().startswith((b"# Moved to", b"# Removed: "))


def theirs_and(*edits: Edit) -> Resolve:
    """Take theirs, and make one's own edits of that file again."""

    def resolve(project: Path, path: str) -> None:
        keep_theirs(project, path)
        for each in edits:
            each(project)

    return resolve


def merge_the_lines(project: Path, path: str) -> None:
    """Merge without the line endings, as `git merge -Xignore-cr-at-eol` does."""
    sides = [(_stage(project, number, path) or b"").replace(b"\r\n", b"\n") for number in (2, 1, 3)]
    with TemporaryDirectory() as folder:
        names = ("mine", "before", "theirs")
        for name, content in zip(names, sides, strict=True):
            (Path(folder) / name).write_bytes(content)
        merged = git(Path(folder), "merge-file", "--stdout", *names)
    (project / path).write_bytes(merged.encode())


# ---- Owners ------------------------------------------------------------------------------


def carry_over_to_src(project: Path, before: Path, theirs: Path) -> None:
    """Copier follows no move: apply to src/app what the template changed in app."""
    with TemporaryDirectory() as folder:
        for name, copy in (("a", before), ("b", theirs)):
            shutil.copytree(copy / "app", Path(folder) / name / "app")
        diff = ["git", "diff", "--no-index", "--no-prefix", "--full-index", "--binary", "a", "b"]
        patch = subprocess.run(diff, cwd=folder, capture_output=True, check=False).stdout
    if patch:
        apply = ["git", "apply", "--3way", "--directory=src"]
        subprocess.run(apply, cwd=project, input=patch, capture_output=True, check=False)
        for path in sorted(unmerged(project)):
            keep_theirs(project, path)
    # Half of the package, new in this update.
    shutil.rmtree(project / "app", ignore_errors=True)


# What 0.5.0 and 0.6.0 wrote anew: an owner takes it, and makes their edits of it again.
REBUILT = {
    "README.md",
    "app/main.py",
    "app/settings.py",
    "app/users.py",
    "app/sign_in.py",
    "tests/conftest.py",
}


@dataclass(frozen=True)
class Owner:
    """Somebody with a project."""

    edits: tuple[Edit, ...]
    since: str = "0.1.0"
    """The first release that has what they edit."""
    until: str = VERSIONS[-1]
    """The last one."""
    folder: str = "project"
    adds_packages: bool = False
    resolve: Mapping[str, Resolve] = field(default_factory=dict)
    """How they resolve a conflict, by a pattern of its path; they expect no others."""
    finish: Callable[[Path, Path, Path], None] | None = None
    """What they do after an update, given fresh copies of the versions before and after it."""
    known: Mapping[str, set[str]] = field(default_factory=dict)
    """The files in which a gate fails for reasons of layout."""

    def edit(self, project: Path) -> None:
        for each in self.edits:
            each(project)
            for name in LEAVES.get(each, ()):
                its_test(project, name).unlink()
        tidy(project)

    def complete(self, project: Path, before: Path, theirs: Path) -> list[str]:
        """Bring an update to an end; return what was in conflict."""
        conflicts = sorted(unmerged(project))
        for path in conflicts:
            rules = [rule for pattern, rule in self.resolve.items() if fnmatch(path, pattern)]
            if is_stub(theirs / path) or (not rules and path in REBUILT):
                rules = [keep_theirs]
            assert rules, f"a conflict in {path} was not expected"
            rules[0](project, path)
        git(project, "add", "--all")
        if self.finish:
            self.finish(project, before, theirs)
        tidy(project)
        return conflicts


def forget_the_test_of_the_setting(project: Path, before: Path, theirs: Path) -> None:
    """Delete what tests users of the setting USERS, as it says."""
    (project / "tests" / "test_passwords.py").unlink(missing_ok=True)


OWNERS = {
    "users on SQLModel": Owner(
        (keep_users_in_sqlmodel,),
        since="0.2.0",
        adds_packages=True,
        until="0.4.0",  # then the contract changed; tests/test_law_of_the_owner.py has the new one
        finish=forget_the_test_of_the_setting,
    ),
    "three routers and a rename": Owner(
        (add_three_routers, rename_a_route_module),
        resolve={f"{ROUTES}/__init__.py": theirs_and(list_three_routers, list_the_renamed)},
    ),
    "own page": Owner(
        (replace_the_page,),
        resolve={f"{PAGE}/index.html": keep_mine},
        known={
            "tests": {"tests/test_account.py", "tests/test_page.py"}
        },  # they leave with the page
    ),
    "limits changed and demo deleted": Owner(
        (change_limits, delete_the_demo),
        resolve={
            f"{ROUTES}/__init__.py": theirs_and(drop_the_demos_routers),
            "app/cookies.py": theirs_and(drop_the_demos_cookies),
            REQUESTS: theirs_and(drop_the_demos_request),
        },
        until="0.4.0",  # then the limits became settings
        known={"tests": {"tests/test_account.py", "tests/test_page.py"}},
    ),
    # Taken as the template has it, and reformatted again.
    "reformatted at 120": Owner((reformat,), resolve={"*.py": keep_theirs}),
    "monorepo": Owner((write_a_readme, move_ci_to_the_repository), folder="repository/backend"),
    "own Docker stages and CI jobs": Owner(
        (add_docker_stages, add_ci_jobs),
        resolve={
            ".github/workflows/ci.yml": theirs_and(add_ci_jobs),
            "Dockerfile": theirs_and(edit_the_dockerfile),
        },
    ),
    "src/app": Owner(
        (move_app_into_src,),
        resolve={
            "pyproject.toml": theirs_and(name_src_in_pyproject),
            "Dockerfile": theirs_and(name_src_in_the_dockerfile),
        },
        finish=carry_over_to_src,
        until="0.4.0",  # then main.py named its folder otherwise
    ),
    "Windows line endings": Owner(
        (write_a_readme, add_docker_stages, add_ci_jobs, commit_windows_line_endings),
        resolve={
            ".github/workflows/ci.yml": keep_theirs,
            "Dockerfile": theirs_and(edit_the_dockerfile),
            "*": merge_the_lines,
        },
        until="0.3.0",  # then .gitattributes stored LF
    ),
}
