# /// script
# requires-python = ">=3.11"
# dependencies = ["packaging>=25"]
# ///
"""Make a release: `uv run tools/release.py 1.2.0`; start the next: `… 1.3.0.dev0`.

A release is the version in pyproject.toml, a dated entry in CHANGELOG.md, a commit `Release 1.2.0`
and a tag `1.2.0`, which is what Copier looks for. Nothing is published: CONTRIBUTING.md tells how.
"""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from packaging.version import Version

PYPROJECT = Path("pyproject.toml")
CHANGELOG = Path("CHANGELOG.md")
UNRELEASED = "## Unreleased\n"


class Refused(Exception):
    """What stands in the way, and the way out, in one sentence."""


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def prepare(argument: str) -> tuple[Version, str, str]:
    """Return the version, and what pyproject.toml and CHANGELOG.md become.

    Raises:
        Refused: this version cannot be made here and now.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", argument):
        raise Refused(f"Write a version such as 1.2.0, or 1.2.0.dev0 to start it, not {argument}.")
    version = Version(argument)
    if git("status", "--porcelain"):
        raise Refused("The work tree is not clean: commit or stash what `git status` shows.")
    if git("rev-parse", "--abbrev-ref", "HEAD") != "main":
        raise Refused("A release is made on main: git switch main.")
    if git("rev-parse", "--is-shallow-repository") == "true":
        raise Refused("Earlier releases are not in this clone: git fetch --unshallow --tags.")
    names = [f"Release {tag}" for tag in git("tag").splitlines()]
    names += git("log", "--format=%s").splitlines()
    found = [re.fullmatch(r"Release (\d+(?:\.\d+)*)", name) for name in names]
    released = [Version(each[1]) for each in found if each]
    if version in released:
        raise Refused(f"{version} is made already. CONTRIBUTING.md tells how to take it back.")
    if released and version <= max(released):
        raise Refused(f"{version} does not follow {max(released)}, the last release.")

    project, changelog = PYPROJECT.read_text("utf-8"), CHANGELOG.read_text("utf-8")
    project, count = re.subn(r'(?m)^version = ".*"$', f'version = "{version}"', project, count=1)
    if not count:
        raise Refused('pyproject.toml has no line `version = "…"`: add one under [project].')
    before, unreleased, after = changelog.partition(UNRELEASED)
    if version.is_devrelease:
        if unreleased:
            raise Refused("CHANGELOG.md has `## Unreleased` already: the next release is started.")
        first = re.search(r"(?m)^## ", changelog)
        at = first.start() if first else len(changelog)
        return version, project, f"{changelog[:at]}{UNRELEASED}\n{changelog[at:]}"
    news = after.partition("\n## ")[0].strip()
    if not news:
        raise Refused("CHANGELOG.md tells nothing under `## Unreleased`: write what changed there.")
    head, _, rest = news.partition("\n\n")
    if not re.fullmatch(r"Look at: nothing[.]|Look at:\n- .+(\n(- |  ).+){0,4}", head) or not rest:
        raise Refused(
            "CHANGELOG.md does not begin `## Unreleased` with `Look at:` and a list of at most "
            "five lines, or `Look at: nothing.`: CONTRIBUTING.md tells what belongs there."
        )
    heading = f"## {version} - {datetime.now(UTC):%Y-%m-%d}\n"
    return version, project, before + heading + after


def release(argument: str) -> str:
    """Write, commit and tag a version; return what to do next. A failure leaves nothing behind."""
    version, project, changelog = prepare(argument)
    start = git("rev-parse", "HEAD")
    message = f"Release {version}"
    if version.is_devrelease:
        message = f"Start {version.base_version}"
    try:
        PYPROJECT.write_text(project, "utf-8")
        CHANGELOG.write_text(changelog, "utf-8")
        git("commit", "--quiet", "--all", f"--message={message}")
        if version.is_devrelease:
            return f"Started {version}."
        git("tag", str(version))
    except BaseException:
        git("reset", "--quiet", "--hard", start)
        raise
    publish = f".ci/run --all && git push --atomic origin main {version}"
    return f"Made {version}. Test and publish it: {publish}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give the version: uv run tools/release.py 1.2.0")
    try:
        os.chdir(git("rev-parse", "--show-toplevel"))
        print(release(sys.argv[1]))
    except Refused as refused:
        sys.exit(str(refused))
    except subprocess.CalledProcessError as error:
        sys.exit(f"Nothing was released, since git refused:\n{error.stderr}")
