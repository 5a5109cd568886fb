# /// script
# requires-python = ">=3.11"
# ///
# So `uv run` leaves pyproject.toml alone, where an update may have left a conflict.
"""Bring in the template's newest version: show what would change, ask, update, sum up.

It rehearses in a temporary clone of what is committed; then `copier update` runs here. Both times
it checks that no edit of yours is lost. Exit codes: 0 all is well, 1 conflicts are to be resolved
(or foreseen by --preview), 2 it could not update.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parent.parent
ANSWERS = ".copier-answers.yml"
CHANGES = "docs/changes.md"

LOSES = """This update would lose what you wrote in: {}.
Nothing has changed. Move what git does not know of. Otherwise it is a setting of git: `git config
--list --show-origin` names all, and this runs without yours:
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 uv run tools/update.py"""
LEAKS = """The address of the template holds a name or a token, and git keeps it: if it is a token,
revoke it where you made it. Take it out of the line `_src_path` of {}, and commit.
"""

# Copier's own sentence stands below the frames of a traceback.
FRAMES = re.compile(r'.*^  File "[^\n]*\n(    [^\n]*\n)*', re.DOTALL | re.MULTILINE)

# What may be a secret in the address of the template, as copier.yml of the template has it.
SECRET = re.compile(
    r"(ssh|ssh[+]git|git[+]ssh)://[^/?#@]*:[^/?#]*@"
    r"|(?<!ssh)(?<!ssh[+]git)://[^/?#]*@"
    r"|://.*[?&][^=&]*(token|key|secret|passw|auth|jwt|sig)[^=&]*=",
    re.IGNORECASE,
)

# The git that Copier runs reads your settings. With others than these it loses edits, hides
# conflicts or stops half-way: docs/updates.md tells more. .gitattributes does the rest, and `lost`
# finds what is not listed here.
SETTINGS = {
    "apply.ignoreWhitespace": "no",
    "apply.whitespace": "nowarn",
    "core.attributesFile": os.devnull,
    "core.bigFileThreshold": "512m",
    "core.hooksPath": os.devnull,
    "core.quotePath": "true",
    "core.safecrlf": "false",
    "diff.orderFile": os.devnull,
    "init.templateDir": "",
    "status.showUntrackedFiles": "all",
}
VARIABLES = {"GIT_ATTR_NOSYSTEM": "1"}
# What a git hook that runs this tells of its repository, and what changes a diff.
TOLD = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIFF_OPTS",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_TEMPLATE_DIR",
    "GIT_WORK_TREE",
}


def environment() -> dict[str, str]:
    variables = {name: value for name, value in os.environ.items() if name not in TOLD} | VARIABLES
    count = int(variables.get("GIT_CONFIG_COUNT") or 0)
    for number, (name, value) in enumerate(SETTINGS.items(), count):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables | {"GIT_CONFIG_COUNT": str(count + len(SETTINGS))}


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(  # noqa: S603 - git and Copier
        command, cwd=folder, env=environment(), check=True, capture_output=True
    )
    return done.stdout.decode("utf-8", "backslashreplace").removesuffix("\n")


def git(folder: Path, *arguments: str) -> str:
    return run(folder, "git", "-c", "core.quotePath=false", *arguments)


def table(folder: Path, *arguments: str) -> list[list[str]]:
    return [line.split("\t") for line in git(folder, *arguments).split("\n") if line]


def copier(folder: Path, *arguments: str) -> None:
    uvx, uv = shutil.which("uvx"), os.environ.get("UV")
    command = [uvx, "copier"] if uvx else [uv, "tool", "run", "copier"] if uv else ["copier"]
    run(folder, *command, *arguments)


def conflicts(folder: Path) -> list[str]:
    rows = table(folder, "ls-files", "--unmerged", "--others")
    return sorted({row[-1] for row in rows if len(row) == 2 or row[0].endswith(".rej")})


def answers_file() -> str:
    """Return the path of Copier's answers, which `--answers-file` may have put elsewhere."""
    sources, ours = holding("^_src_path:"), holding("^cookie_strategy:")
    found = [path for path in sources if path in ours] or sources
    if ANSWERS in found or not found:
        return ANSWERS
    if len(found) > 1:
        raise OSError(f"Say which holds the answers: --answers-file={' or '.join(found)}")
    return found[0]


def holding(pattern: str) -> list[str]:
    try:
        return git(PROJECT, "grep", "--no-color", "--files-with-matches", "-e", pattern).split("\n")
    except subprocess.CalledProcessError:  # there is none
        return []


def render(folder: Path, name: str, answers: bytes) -> Path:
    """Render the template anew, as it was when `answers` were recorded."""
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(answers)
    told = ["--defaults", "--overwrite", "--vcs-ref=:current:", f"--answers-file={name}"]
    copier(folder, "recopy", "--quiet", *told)
    return folder


def files(*folders: Path) -> set[str]:
    found = ((each, path) for each in folders for path in each.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for folder, path in found}


def read(path: Path) -> bytes | None:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else None


def lost(
    project: Path, before: Mapping[str, bytes | None], old: Path, new: Path, name: str
) -> list[str]:
    """Return the files of which an update lost what their owner had written.

    Every line that they added must be there, or in a conflict. Where a file equals that of the
    template, a merge without Copier must say the same: owner and template made the same change.
    """
    found = []
    for path, mine in sorted(before.items()):
        base, ours, now = (read(each / path) for each in (old, new, project))
        if path == name or mine is None or _lines(mine) == _lines(base):
            continue
        shown = [*_lines(now), *(line[1:] for line in _lines(read(project / f"{path}.rej")))]
        gone = Counter(_lines(mine)) - Counter(_lines(base)) - Counter(shown)
        taken = shown == _lines(ours) != _lines(mine)
        if now is None or gone or (taken and _merged(mine, base, ours) != _lines(ours)):
            found.append(path)
    return found


def _lines(content: bytes | None) -> list[bytes]:
    return (content or b"").splitlines()  # whatever their ends are


def _merged(*sides: bytes | None) -> list[bytes]:
    with TemporaryDirectory() as folder:
        for number, side in enumerate(sides):
            (Path(folder) / str(number)).write_bytes(b"\n".join(_lines(side)))
        command = ["git", "merge-file", "-p", "0", "1", "2"]
        done = subprocess.run(  # noqa: S603 - git
            command, cwd=folder, env=environment(), capture_output=True
        )
    return _lines(done.stdout)


def undo(before: Mapping[Path, bytes | None], made: Collection[Path]) -> None:
    """Make the project what it was, with what git ignores. All was committed."""
    git(PROJECT, "reset", "--quiet", "--hard")
    for path, content in before.items():
        if content is None:
            path.unlink(missing_ok=True)
        elif read(path) != content:
            path.write_bytes(content)
    for folder in sorted(made, reverse=True):
        if folder.is_dir():
            folder.rmdir()


def rendered(folder: Path, answers: bytes, clone: Path) -> str:
    folder.mkdir()
    (folder / ANSWERS).write_bytes(answers)
    copier(folder, "recopy", "--quiet", "--defaults", "--overwrite", "--vcs-ref=:current:")
    stored = f"--git-dir={clone / '.git'}", "--work-tree=."
    git(folder, *stored, "add", "--all", "--force")
    return git(folder, *stored, "write-tree")


def stored(folder: Path, clone: Path) -> str:
    """Return the tree of a folder, which is then in the repository `clone`."""
    options = f"--git-dir={clone / '.git'}", "--work-tree=."
    git(folder, *options, "add", "--all", "--force")
    return git(folder, *options, "write-tree")


def summary(project: Path, clone: Path, old: Path, new: Path, name: str) -> list[str]:
    found, lines = conflicts(project), list[str]()
    mine = git(project, "rev-parse", "HEAD:./")
    theirs = stored(new, clone)
    compare = ["diff-tree", "-r", "--name-status", stored(old, clone)]
    yours = {row[1]: (row[0][0], row[-1]) for row in table(clone, *compare, mine, "-M")}
    gone = emptied(files(old), {path for path in yours if yours[path][0] in {"D", "R"}})
    for status, path in table(clone, *compare, theirs, "--no-renames"):
        edit, now = yours.get(path, ("", ""))
        folder = next((each for each in gone if path.startswith(f"{each}/")), "")
        if edit in {"D", "R"} and status != "D":
            why = "deleted it" if edit == "D" else f"moved it, perhaps to {now}"  # or its twin
            lines.append(f"not reached  {path}: you {why}")
        elif path not in {name, *found} and edit not in {"D", "R"}:
            kind = {"A": "new", "D": "removed"}.get(status, "merged" if edit else "changed")
            told = f": you deleted or moved {folder}/, so move or delete it" if folder else ""
            lines.append(f"{kind:11}  {path}{told}")
    if gone:
        lines.append('moved back?  docs/updates.md tells how, under "Where you moved a folder"')
    return [f"conflict     {path}" for path in found] + sorted(lines, reverse=True)


def emptied(before: set[str], gone: set[str]) -> list[str]:
    """Return the folders, the outermost first, of which no file stayed."""
    kept = {str(folder) for path in before - gone for folder in PurePosixPath(path).parents}
    lost = {str(folder) for path in gone for folder in PurePosixPath(path).parents}
    return sorted(lost - kept)


def news(old: Path, new: Path) -> str:
    """Return what the releases since say that owners look at."""
    pages = ((read(each / CHANGES) or b"").decode() for each in (old, new))
    known, text = (each.split("\n## ")[1:] for each in pages)
    seen = {each.strip() for each in known}
    return "\n\n".join(each.strip() for each in text if each.strip() not in seen)


def update(options: argparse.Namespace, scratch: Path) -> int:
    if not options.preview and git(PROJECT, "status", "--porcelain"):
        raise OSError("Commit or stash your work first: `git status` lists it.")
    top = (PROJECT / git(PROJECT, "rev-parse", "--show-cdup")).resolve()
    name = options.answers_file or answers_file()
    # Or the repositories that Copier makes beside this one could not borrow from it.
    VARIABLES["GIT_DEFAULT_HASH"] = git(PROJECT, "rev-parse", "--show-object-format")
    # Copier tells git of conflicts by names as long as those of SHA-1.
    shown = "inline" if VARIABLES["GIT_DEFAULT_HASH"] == "sha1" else "rej"
    # Of what you ignore everywhere, ignore what is here: not what Copier compares elsewhere.
    SETTINGS["core.excludesFile"] = os.devnull
    ignored = table(top, "ls-files", "--others", "--exclude-standard", "--directory")
    escaped = ("/" + re.sub(r"([\\*?[ ])", r"\\\1", path) + "\n" for [path] in ignored)
    (scratch / "ignored").write_text("".join(escaped), "utf-8")
    SETTINGS["core.excludesFile"] = str(scratch / "ignored")
    git(scratch, "clone", "--quiet", str(top), "clone")
    clone = scratch / "clone" / PROJECT.relative_to(top)
    answers = (clone / name).read_bytes()
    told = ["--quiet", "--defaults", f"--answers-file={name}", f"--conflict={shown}"]
    command = ["update", *told, *(f"--data={each}" for each in options.answers)]
    old = render(scratch / "old", name, answers)
    before = {path: read(clone / path) for path in files(old)}
    copier(clone, *command)
    recorded = (clone / name).read_text("utf-8")
    if unknown := [each for each in options.answers if f"\n{each.split('=')[0]}:" not in recorded]:
        raise OSError(f"There is no such question: {', '.join(unknown)}")
    if SECRET.search(next(re.finditer("^_src_path:.*", recorded, re.MULTILINE))[0]):
        print(LEAKS.format(name), file=sys.stderr)
    if not git(clone, "status", "--porcelain"):
        print("Nothing to do: the project is up-to-date.")
        return 0
    new = render(scratch / "new", name, (clone / name).read_bytes())
    if paths := lost(clone, before, old, new, name):
        raise OSError(LOSES.format(", ".join(paths)))
    left = conflicts(clone)
    print(*summary(clone, scratch / "clone", old, new, name), sep="\n")
    if look := news(old, new):
        print("\nWhat to look at, in what is new:", look, sep="\n\n")
    if options.preview:
        git(clone, "add", "--all")
        diff = git(clone, "diff", "--cached", "--relative", "--no-ext-diff")
        # Without a name or a token in the address, which a log would keep.
        print("", re.sub(r"(?m)^([ +-]_src_path:.*://)[^/\s]*@", r"\1", diff), sep="\n")
    elif options.yes or input("\nUpdate? [y/N] ").lower().startswith("y"):
        left = update_here(command, old, new, name)
        print(f"\nUpdated. Conflicts to resolve: {len(left)}. Test, start anew, commit.")
    return int(bool(left))


def update_here(command: list[str], old: Path, new: Path, name: str) -> list[str]:
    """Run `copier update` in the project; return the conflicts. Where it loses an edit, undo it."""
    paths = files(old, new)
    touched = [PROJECT / each for path in paths for each in (path, f"{path}.rej")]
    before = {path: read(path) for path in touched}
    made = {folder for path in touched for folder in path.parents if not folder.exists()}
    try:
        copier(PROJECT, *command)
    except BaseException:
        print("It stopped half-way. To give it up: git reset --hard && git clean -fd")
        raise
    mine = {path: before[PROJECT / path] for path in paths}
    if gone := lost(PROJECT, mine, old, new, name):
        undo(before, made)
        raise OSError(LOSES.format(", ".join(gone)))
    return conflicts(PROJECT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preview", action="store_true", help="show each line, change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--answers-file", metavar="PATH", help="where Copier keeps the answers")
    parser.add_argument("answers", nargs="*", metavar="answer=value", help="change this answer")
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            return update(parser.parse_args(), Path(scratch))
    except subprocess.CalledProcessError as error:
        said = FRAMES.sub("", error.stderr.decode(errors="replace"))
        said = re.sub(r"(://)[^/\s]*@", r"\1", said)  # a name or a token in an address
        said = re.sub(r"(://[^\s?]*)[?][^\s'\"]*", r"\1", said)
        print(*said.splitlines()[-8:], sep="\n", file=sys.stderr)
    except (EOFError, KeyboardInterrupt, OSError) as error:
        print(f"\n{str(error) or 'Stopped.'}", file=sys.stderr)
    print('docs/updates.md helps, under "When an update complains".', file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
