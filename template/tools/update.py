# /// script
# requires-python = ">=3.11"
# ///
# So `uv run` leaves pyproject.toml alone, where an update may have left a conflict.
"""Bring in the template's newest version: show what would change, ask, update, sum up.

It rehearses in a temporary clone of what is committed; then `copier update` runs here. Exit codes:
0 all is well, 1 conflicts are to be resolved (or foreseen by --preview), 2 it could not update.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parent.parent
ANSWERS = ".copier-answers.yml"

# Copier's own sentence stands below the frames of a traceback.
FRAMES = re.compile(r'.*^  File "[^\n]*\n(    [^\n]*\n)*', re.DOTALL | re.MULTILINE)

# The git that Copier runs reads your settings. With others than these it loses edits, hides
# conflicts or stops half-way: docs/updates.md tells more. .gitattributes does the rest.
SETTINGS = {
    "apply.whitespace": "nowarn",
    "core.attributesFile": os.devnull,
    "core.hooksPath": os.devnull,
    "core.quotePath": "true",
    "status.showUntrackedFiles": "all",
}


def environment() -> dict[str, str]:
    told = {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"}  # by a git hook, of one repository
    variables = {name: value for name, value in os.environ.items() if name not in told}
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


def rendered(folder: Path, answers: bytes, clone: Path) -> str:
    folder.mkdir()
    (folder / ANSWERS).write_bytes(answers)
    copier(folder, "recopy", "--quiet", "--defaults", "--overwrite", "--vcs-ref=:current:")
    stored = f"--git-dir={clone / '.git'}", "--work-tree=."
    git(folder, *stored, "add", "--all", "--force")
    return git(folder, *stored, "write-tree")


def summary(project: Path, scratch: Path, answers: bytes) -> list[str]:
    found, clone, lines = conflicts(project), scratch / "clone", list[str]()
    mine = git(project, "rev-parse", "HEAD:./")
    new = rendered(scratch / "new", (project / ANSWERS).read_bytes(), clone)
    compare = ["diff-tree", "-r", "--name-status", rendered(scratch / "old", answers, clone)]
    yours = {row[1]: (row[0][0], row[-1]) for row in table(clone, *compare, mine, "-M")}
    for status, path in table(clone, *compare, new, "--no-renames"):
        edit, now = yours.get(path, ("", ""))
        if edit in {"D", "R"} and status != "D":
            why = "deleted it" if edit == "D" else f"moved it, perhaps to {now}"  # or its twin
            lines.append(f"not reached  {path}: you {why}")
        elif path not in {ANSWERS, *found} and edit not in {"D", "R"}:
            kind = {"A": "new", "D": "removed"}.get(status, "merged" if edit else "changed")
            lines.append(f"{kind:11}  {path}")
    return [f"conflict     {path}" for path in found] + sorted(lines, reverse=True)


def update(options: argparse.Namespace, scratch: Path) -> int:
    if not options.preview and git(PROJECT, "status", "--porcelain"):
        raise OSError("Commit or stash your work first: `git status` lists it.")
    top = (PROJECT / git(PROJECT, "rev-parse", "--show-cdup")).resolve()
    # Of what you ignore everywhere, ignore what is here: not what Copier compares elsewhere.
    SETTINGS["core.excludesFile"] = os.devnull
    ignored = table(top, "ls-files", "--others", "--exclude-standard", "--directory")
    escaped = ("/" + re.sub(r"([\\*?[ ])", r"\\\1", path) + "\n" for [path] in ignored)
    (scratch / "ignored").write_text("".join(escaped), "utf-8")
    SETTINGS["core.excludesFile"] = str(scratch / "ignored")
    git(scratch, "clone", "--quiet", str(top), "clone")
    clone = scratch / "clone" / PROJECT.relative_to(top)
    answers = (clone / ANSWERS).read_bytes()
    command = ["update", "--quiet", "--defaults", *(f"--data={each}" for each in options.answers)]
    copier(clone, *command)
    recorded = (clone / ANSWERS).read_text("utf-8")
    if unknown := [each for each in options.answers if f"\n{each.split('=')[0]}:" not in recorded]:
        raise OSError(f"There is no such question: {', '.join(unknown)}")
    if not git(clone, "status", "--porcelain"):
        print("Nothing to do: the project is up-to-date.")
        return 0
    left = conflicts(clone)
    print(*summary(clone, scratch, answers), sep="\n")
    if options.preview:
        git(clone, "add", "--all")
        print("", git(clone, "diff", "--cached", "--relative", "--no-ext-diff"), sep="\n")
    elif options.yes or input("\nUpdate? [y/N] ").lower().startswith("y"):
        try:
            copier(PROJECT, *command)
        except BaseException:
            print("It stopped half-way. To give it up: git reset --hard && git clean -fd")
            raise
        left = conflicts(PROJECT)
        print(f"\nUpdated. Conflicts to resolve: {len(left)}. Test, start anew, commit.")
    return int(bool(left))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preview", action="store_true", help="show each line, change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("answers", nargs="*", metavar="answer=value", help="change this answer")
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            return update(parser.parse_args(), Path(scratch))
    except subprocess.CalledProcessError as error:
        said = FRAMES.sub("", error.stderr.decode(errors="replace")).splitlines()
        print(*said[-8:], sep="\n", file=sys.stderr)
    except (EOFError, KeyboardInterrupt, OSError) as error:
        print(f"\n{str(error) or 'Stopped.'}", file=sys.stderr)
    print('docs/updates.md helps, under "When an update complains".', file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
