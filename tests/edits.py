"""What the owner of a project may do to it, at random, and whether an update keeps it."""

import ast
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.tools import files, git, tree

MARKERS = re.compile(rb"^(<<<<<<<|>>>>>>>) ", re.MULTILINE)

# Copier writes it anew at each update, with where it comes from; a user does not edit it.
ANSWERS = ".copier-answers.yml"


def _python(project: Path, random: Random) -> Path:
    found = [path for path in sorted(project.glob("*/**/*.py")) if _functions(path)]
    return random.choice(found)


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    body = ast.parse(path.read_text("utf-8")).body
    return [each for each in body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _start(statement: ast.stmt) -> int:
    """Return the number of lines above a statement and its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)]) - 1


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines(keepends=True)


def add_a_route(project: Path, random: Random) -> None:
    name = f"mine_{random.randrange(1000)}"
    (project / "app" / "routes" / f"{name}.py").write_text(
        "from fastapi import APIRouter\n\n"
        f'router = APIRouter(prefix="/{name}", tags=["{name}"])\n\n\n'
        f'@router.get("")\nasync def read_{name}() -> str:\n    return "{name}"\n'
    )
    package = project / "app" / "routes" / "__init__.py"
    text = package.read_text("utf-8").rstrip()
    assert text.endswith(")")
    text = f"{text[:-1].rstrip().rstrip(',')},\n    {name}.router,\n)\n"
    imported = f"from app.routes import {name}  # mine\n"
    package.write_text(text.replace("from app.routes import", imported + "from app.routes import"))


def change_a_function(project: Path, random: Random) -> None:
    path = _python(project, random)
    statement = random.choice(random.choice(_functions(path)).body)
    lines = _lines(path)
    indent = " " * statement.col_offset
    lines.insert(_start(statement), f"{indent}mine = {random.randrange(1000)}\n")
    path.write_text("".join(lines))


def change_a_line(project: Path, random: Random) -> None:
    names = [
        "README.md",
        "AGENTS.md",
        ".env.example",
        "app/frontend/index.html",
        "Dockerfile",
        "app/frontend/style.css",
        ".github/workflows/ci.yml",
        ".gitlab-ci.yml",
        "LICENSE",
    ]
    path = random.choice([project / name for name in names if (project / name).exists()])
    lines = _lines(path)
    number = random.choice([number for number, line in enumerate(lines) if line.strip()])
    lines[number] = f"{lines[number].rstrip()} mine {random.randrange(1000)}\n"
    path.write_text("".join(lines))


def add_a_file(project: Path, random: Random) -> None:
    folder = project / random.choice(["docs", "app", "app/routes", "tests", "."])
    folder.mkdir(exist_ok=True)
    (folder / f"mine_{random.randrange(1000)}.py").write_text(f"MINE = {random.randrange(1000)}\n")


def add_an_executable(project: Path, random: Random) -> None:
    path = project / f"start-{random.randrange(1000)}"
    path.write_text("#!/bin/sh\nuv run fastapi dev\n")
    path.chmod(0o755)


def delete_a_file(project: Path, random: Random) -> None:
    kept = {ANSWERS, "pyproject.toml", "app/routes/__init__.py"}
    random.choice([project / path for path in files(project) if path not in kept]).unlink()


def rename_a_file(project: Path, random: Random) -> None:
    path = _python(project, random)
    if path.name != "__init__.py":
        path.rename(path.with_name(f"mine_{path.name}"))


def rename_a_variable(project: Path, random: Random) -> None:
    path = _python(project, random)
    function = random.choice(_functions(path))
    names = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
    name = random.choice(sorted(names)) if names else function.name
    text = path.read_text("utf-8")
    path.write_text(re.sub(rf"\b{name}\b", f"my_{name}", text))


def move_a_function(project: Path, random: Random) -> None:
    path = _python(project, random)
    function = random.choice(_functions(path))
    lines = _lines(path)
    moved = lines[_start(function) : function.end_lineno]
    rest = lines[: _start(function)] + lines[function.end_lineno :]
    target = random.choice([path, path.with_name(f"moved_{random.randrange(1000)}.py")])
    if target == path:
        path.write_text("".join([*rest, "\n\n", *moved]))
    else:
        path.write_text("".join(rest))
        target.write_text("".join(moved))


def change_pyproject(project: Path, random: Random) -> None:
    path = project / "pyproject.toml"
    text = path.read_text("utf-8")
    version = f'version = "0.{random.randrange(1, 1000)}.0"'
    text = text.replace('version = "0.1.0"', version)
    text = text.replace("\ndependencies = [\n", '\ndependencies = [\n    "humanize>=4",\n', 1)
    path.write_text(f"{text}\n[tool.mine]\nnumber = {random.randrange(1000)}\n")


def commit_a_lock_file(project: Path, random: Random) -> None:
    lock = f'version = 1\nrevision = {random.randrange(9)}\nrequires-python = ">=3.11"\n'
    (project / "uv.lock").write_text(lock)


EDITS: list[Callable[[Path, Random], None]] = [
    add_a_route,
    change_a_function,
    change_a_function,
    change_a_line,
    add_a_file,
    add_an_executable,
    delete_a_file,
    rename_a_file,
    rename_a_variable,
    move_a_function,
    change_pyproject,
    commit_a_lock_file,
]


def edit(project: Path, random: Random) -> list[str]:
    """Make some edits; return their names."""
    chosen = random.choices(EDITS, k=random.randint(4, 8))
    for each in chosen:
        each(project, random)
    return [each.__name__ for each in chosen]


def unmerged(project: Path) -> set[str]:
    """Return the files that git lists as conflicts."""
    listed = git(project, "ls-files", "--unmerged", "-z").split("\0")
    return {line.partition("\t")[2] for line in listed if line}


Project = dict[str, tuple[bytes, bool]]
"""The files of a project: what they hold, and whether they may be executed."""


def state(project: Path) -> Project:
    return {path: entry for path, entry in tree(project).items() if entry is not None}


def assert_nothing_lost(before: Project, mine: Project, after: Path, theirs: Project) -> None:
    """Check what an update made of a project that its owner had edited.

    Args:
        before: the files as the template had rendered them.
        mine: the files as the owner left them.
        after: the project after the update.
        theirs: the files as the template renders them now.

    Raises:
        AssertionError: a line that the owner wrote is gone, one that they removed is back, a
            conflict is not reported by git, a file that they deleted is back, or one of theirs
            is gone or changed, or one that they left alone is not the template's.
    """
    updated, conflicts = state(after), unmerged(after)
    for path, entry in theirs.items():
        if path != ANSWERS and mine.get(path) == before.get(path):
            assert updated.get(path) == entry, f"{path} was left alone, and is not up to date"
    for path in before.keys() - mine.keys():
        assert path not in updated, f"{path} was deleted, and is back"
    for path, entry in mine.items():
        if path == ANSWERS:
            continue
        assert path in updated or (entry == before.get(path) and path not in theirs), (
            f"{path} is gone"
        )
        if path not in before and path not in theirs:
            assert updated[path] == entry, f"{path} is the owner's, and was changed"
        if path in updated:
            assert_lines_kept(
                path,
                *(_count(each, path) for each in (before, mine, updated, theirs)),
                conflict=path in conflicts,
            )
    for path, (content, _) in updated.items():
        assert bool(MARKERS.search(content)) == (path in conflicts), (
            f"{path}: git reports {sorted(conflicts)} as conflicts"
        )


def _count(project: Project, path: str) -> Counter[bytes]:
    content, _ = project.get(path, (b"", False))
    return Counter(content.splitlines())


def assert_lines_kept(
    path: str,
    before: Counter[bytes],
    mine: Counter[bytes],
    after: Counter[bytes],
    theirs: Counter[bytes],
    *,
    conflict: bool,
) -> None:
    """Check that each line stands as often as the owner and the template want it together."""
    for line in mine | before:
        by_me, by_template = mine[line] - before[line], theirs[line] - before[line]
        if by_me > 0:
            # Where both added the same line, one is enough.
            wanted = mine[line] + min(by_template, 0)
            assert after[line] >= wanted, f"{path} lost a line of its owner: {line!r}"
        if by_me < 0 and by_template == 0 and not conflict:
            assert after[line] <= mine[line], f"{path} has a line again that was removed: {line!r}"
