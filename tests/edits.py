"""What the owner of a project may do to it, at random, and what an update has to make of it."""

import ast
import re
import subprocess
from collections.abc import Callable
from difflib import SequenceMatcher
from hashlib import sha1
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.tools import files, git, tree

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
    [package] = project.glob("app/**/routes/__init__.py")
    (package.parent / f"{name}.py").write_text(
        "from fastapi import APIRouter\n\n"
        f'router = APIRouter(prefix="/{name}", tags=["{name}"])\n\n\n'
        f'@router.get("")\nasync def read_{name}() -> str:\n    return "{name}"\n'
    )
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
    """Change what is not Python: pages, style, documents, pipelines, the licence."""
    names = [name for name in files(project) if not name.endswith((".py", ".lock"))]
    path = project / random.choice([name for name in names if name != ANSWERS])
    lines = _lines(path)
    number = random.choice([number for number, line in enumerate(lines) if line.strip()])
    lines[number] = f"{lines[number].rstrip()} mine {random.randrange(1000)}\n"
    path.write_text("".join(lines))


def add_a_file(project: Path, random: Random) -> None:
    folder = project / random.choice(["docs", "app", "app/mine", "tests", "."])
    folder.mkdir(exist_ok=True)
    (folder / f"mine_{random.randrange(1000)}.py").write_text(f"MINE = {random.randrange(1000)}\n")


def add_an_executable(project: Path, random: Random) -> None:
    path = project / f"start-{random.randrange(1000)}"
    path.write_text("#!/bin/sh\nuv run fastapi dev\n")
    path.chmod(0o755)


def delete_a_file(project: Path, random: Random) -> None:
    kept = (ANSWERS, "pyproject.toml", "routes/__init__.py")  # which other edits need
    random.choice([project / path for path in files(project) if not path.endswith(kept)]).unlink()


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


def edit_near(project: Path, before: Path, theirs: Path, random: Random, gap: int) -> str:
    """Edit a file where the template changes it, or `gap` lines above; return its path.

    The line itself makes a conflict. Two lines above, Copier's patch is rejected, since its context
    changed, and a three-way merge still takes both.
    """
    mine, base, coming = (state(each) for each in (project, before, theirs))
    places: dict[str, list[int]] = {}
    for path in coming.keys() - {ANSWERS}:
        if path not in base or mine.get(path) != base[path]:
            continue
        old, new = (each[path][0].splitlines() for each in (base, coming))
        for same in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            end = same.a + same.size
            if same.size > gap and end < len(old):
                places.setdefault(path, []).append(end - gap)
    path = random.choice(sorted(places))
    number = random.choice(places[path])
    lines = _lines(project / path)
    lines[number] = f"{lines[number].rstrip()} mine {random.randrange(1000)}\n"
    (project / path).write_text("".join(lines), "utf-8")
    return path


def unmerged(project: Path) -> set[str]:
    """Return the files that git lists as conflicts."""
    return {path for path, _ in _stages(project)}


def _stages(project: Path) -> dict[tuple[str, str], str]:
    """Return what git has of each conflict: blob 1 of what both had, 2 the owner's, 3 ours."""
    listed = git(project, "ls-files", "--unmerged", "-z").split("\0")
    found = [line.replace("\t", " ", 1).split(" ", 3) for line in listed if line]
    return {(path, stage): blob for _, blob, stage, path in found}


Entry = tuple[bytes, bool]
Project = dict[str, Entry]
"""The files of a project: what they hold, and whether they may be executed."""


def state(project: Path) -> Project:
    return {path: entry for path, entry in tree(project).items() if entry is not None}


def assert_nothing_lost(before: Project, mine: Project, after: Path, theirs: Project) -> None:
    """Check that an update made of each file what a three-way merge makes of it, byte for byte.

    git merges here, without Copier. So the owner's edits are there, and the template's changes
    arrived; where they overlap, git shows both.

    Args:
        before: the files as the template had rendered them.
        mine: the files as the owner left them.
        after: the project after the update, not committed where it has conflicts.
        theirs: the files as the template renders them now.
    """
    updated, stages = state(after), _stages(after)
    rejects = {path for path in updated.keys() - mine.keys() - theirs.keys() if _is_reject(path)}
    paths = before.keys() | mine.keys() | theirs.keys() | updated.keys() - rejects
    assert rejects <= {f"{path}.rej" for path in paths}, f"{rejects} reject parts of no file"
    for path in sorted(paths - {ANSWERS}):
        base, ours, coming = (each.get(path) for each in (before, mine, theirs))
        found = updated.get(path)
        wanted, conflict = _merge(base, ours, coming)
        if f"{path}.rej" in rejects:
            assert base and ours and coming and found, f"{path} has a reject, and no need of one"
            rejected = found[0], _rejected(updated[f"{path}.rej"][0])
            assert rejected == _apply(base[0], ours[0], coming[0]), f"{path} lost what is no reject"
            continue
        assert found or not wanted, f"{path} is gone"
        assert wanted or not found, f"{path} is back, or nobody wrote it"
        assert found == wanted, f"{path} is not what a three-way merge makes of it"
        blobs = [stages.get((path, number)) for number in "123"]
        shown = [_blob(each) for each in (base, ours, coming)] if conflict else [None] * 3
        assert blobs == shown, f"{path}: git does not show its conflict, or one that is none"


def _merge(
    base: Entry | None, mine: Entry | None, theirs: Entry | None
) -> tuple[Entry | None, bool]:
    """Return what becomes of a file, and whether it is a conflict."""
    if mine == base:
        return theirs, False
    if mine is None or theirs is None or theirs == base:
        return mine, False  # What the owner deleted stays deleted, what they edited stays.
    texts = {"before updating": mine[0], "last update": base[0] if base else b"",
             "after updating": theirs[0]}  # fmt: skip
    with TemporaryDirectory() as folder:
        for label, text in texts.items():
            (Path(folder) / label).write_bytes(text)
        command = ["git", "merge-file", "-p", *texts]
        outcome = subprocess.run(command, cwd=folder, capture_output=True)
    assert outcome.returncode < 128, outcome.stderr
    executable = theirs[1] if base and mine[1] == base[1] else mine[1]
    return (outcome.stdout, executable), outcome.returncode > 0


def _apply(base: bytes, mine: bytes, theirs: bytes) -> tuple[bytes, bytes | None]:
    """Return what git makes of a file that takes an edit but for what it rejects, and that."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for side, text in {"base": base, "mine": mine, "theirs": theirs}.items():
            (folder / side).mkdir()
            (folder / side / "file").write_bytes(text)
        diff = ["git", "diff", "--no-index", "--no-prefix", "--inter-hunk-context=-1"]
        patch = subprocess.run([*diff, "base", "mine"], cwd=folder, capture_output=True).stdout
        apply = ["git", "apply", "--reject"]
        subprocess.run(apply, cwd=folder / "theirs", input=patch, capture_output=True)
        reject = folder / "theirs" / "file.rej"
        rejected = reject.read_bytes() if reject.exists() else None
        return (folder / "theirs" / "file").read_bytes(), rejected and _rejected(rejected)


def _is_reject(path: str) -> bool:
    return path.endswith(".rej")


def _rejected(reject: bytes) -> bytes:
    """Return the hunks, without the line that names the file."""
    return reject.partition(b"\n")[2]


def _blob(entry: Entry | None) -> str:
    """Return the name that git gives to what a file holds. A new file has an empty base."""
    content = entry[0] if entry else b""
    return sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()
