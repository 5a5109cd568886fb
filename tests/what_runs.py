"""What a change runs: the files of this repository, and the tests that hold each of them.

`uv run pytest --base REF` reads this table: it compares the work tree with the commit at which it
left REF, and runs what the rows of each changed file name, beside what everything rests on. A file
that no row knows runs all that any push runs, and so does a REF that git does not know.
"""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EVERYTHING = "tests"
"""All that any push runs."""

ALWAYS = frozenset({
    "tests/test_what_runs.py",
    "tests/test_house.py",
    "tests/test_render.py",
    "tests/test_gates.py",
    "tests/test_updates.py",
    "tests/engines",
})  # fmt: skip
"""What everything rests on: render, gates, updates from the last two releases, real servers."""

KIT = """
    tests/rendered tests/fuzz tests/test_strategies.py tests/test_law_of_the_owner.py
    tests/test_lesson.py tests/test_names_of_before.py tests/test_protections.py
    tests/test_mistakes.py
"""
COOKIES_IN_BROWSERS = """
    tests/browsers/test_table.py tests/browsers/test_declared.py tests/browsers/test_tossed.py
"""
SIGNED_IN = """
    tests/browsers/test_account.py tests/browsers/test_signed_in.py tests/browsers/test_meanwhile.py
"""
PAGE = f"""
    {SIGNED_IN} tests/browsers/test_page.py tests/browsers/test_accessible.py
    tests/browsers/test_without_scripts.py tests/browsers/test_not_found.py
    tests/browsers/test_docs.py tests/browsers/test_other_origins.py
"""
ANSWERS = """
    tests/test_answers.py tests/test_command_line.py tests/test_questions.py tests/test_renames.py
    tests/test_sizes.py tests/test_source.py tests/test_text_answers.py
"""
UPDATES = """
    tests/test_update_commands.py tests/test_update_tool.py tests/test_git_settings.py
    tests/test_weekly_job.py tests/test_source.py
"""
OWNERS = """
    tests/test_law_of_the_owner.py tests/test_owners.py tests/test_sizes.py tests/test_mistakes.py
"""


def on_servers(*names: str) -> str:
    """Return the tests of what only a server shows, which are slow: here they run."""
    test = "tests/engines/test_engines.py::test_what_only_a_server_shows"
    return " ".join(f"!{test}[test_{name}.py]" for name in names)


# Paths in a project, without `{{…}}/` and `.jinja`, and what a change of them runs: all rows that
# know a file count. `**` stands for folders, too. An exclamation mark: with the slow ones. Slow
# tests that are marked with what they guard run when that has changed and their file is named.
OF_A_PROJECT = {
    "app/kit/*.py": f"{KIT} {COOKIES_IN_BROWSERS}",
    "app/kit/*origin*.py app/kit/*csrf*.py app/kit/*cors*.py": """
        tests/browsers/test_other_origins.py tests/test_front_end.py
    """,
    "app/kit/*header*.py app/kit/caching.py app/kit/protect.py": """
        tests/browsers/test_page.py tests/browsers/test_requirements.py tests/test_readmes.py
    """,
    "app/kit/body_limit.py app/kit/http*.py app/kit/proxies.py app/kit/prox*.py": """
        !tests/servers tests/browsers/test_prefix.py
    """,
    "app/kit/commands.py app/kit/settings.py app/kit/project.py app/kit/*/settings.py": """
        tests/test_where_it_runs.py tests/test_readmes.py
    """,
    "app/kit/openapi.py app/kit/errors.py": "tests/test_schema.py",
    "app/kit/openapi.py app/kit/swagger_ui/**": "!tests/browsers/test_docs.py tests/test_house.py",
    "app/kit/not_found.py app/frontend/404.html tests/test_not_found.py": """
        !tests/browsers/test_not_found.py tests/test_front_end.py
    """,
    # Sign-in.
    "app/kit/sessions/*.py": f"{KIT} {SIGNED_IN} tests/test_schema.py tests/test_sizes.py",
    "app/kit/sessions/redis*.py": on_servers("redis", "races", "loops"),
    "app/kit/sessions/postgresql*.py app/kit/sessions/sql*.py app/kit/sessions/tables.py": (
        on_servers("postgresql", "file", "steps", "races", "loops")
    ),
    "app/kit/sessions/*store.py app/kit/sessions/engines.py app/kit/sessions/loops.py": (
        on_servers("contract", "processes", "loops")
    ),
    "app/kit/sessions/attempts*.py app/kit/sessions/*counter*.py": on_servers("attempts"),
    # The owner's.
    "app/__init__.py app/__main__.py app/main.py app/settings.py app/users.py app/sign_in.py": (
        f"{OWNERS} {SIGNED_IN} tests/rendered tests/test_where_it_runs.py tests/test_readmes.py"
    ),
    "app/cookies.py app/locale.py app/routes/*": f"""
        {OWNERS} {SIGNED_IN} {COOKIES_IN_BROWSERS} tests/test_strategies.py tests/test_schema.py
        tests/test_lesson.py tests/test_readmes.py tests/test_protections.py
    """,
    "app/frontend/**": f"{PAGE} {OWNERS} tests/test_front_end.py",
    "app/declaration.py app/delivery.py app/errors.py app/filtered.py app/origin.py": (
        "tests/test_renames.py tests/test_update_commands.py tests/test_owners.py"
    ),
    "app/plain_http.py app/sessions/*": "tests/test_renames.py tests/test_owners.py",
    "tests/kit/**": f"{KIT} {COOKIES_IN_BROWSERS} tests/test_readmes.py",
    "tests/__init__.py tests/conftest.py tests/test_*.py tests/routes/* tests/sessions/*": (
        f"{OWNERS} tests/test_renames.py"
    ),
    "tests/asvs.py tests/browser.py tests/servers.py": "tests/test_renames.py tests/test_owners.py",
    "tools/update.py .gitattributes": UPDATES,
    # What is read, and what carries the app.
    "docs/cookies.md": "tests/test_lesson.py",
    "docs/front-end.md": "tests/test_front_end.py",
    "docs/updates.md": f"{UPDATES} tests/test_renames.py",
    "docs/deploy.md": "!tests/servers/test_proxies.py tests/test_where_it_runs.py",
    "docs/sign-in.md docs/settings.md": "tests/test_law_of_the_owner.py",
    "docs/*.md README.md AGENTS.md": "tests/test_readmes.py tests/rendered",
    "LICENSE": "tests/test_text_answers.py tests/test_answers.py",
    "Dockerfile .dockerignore .gitignore .env.example": """
        tests/test_where_it_runs.py tests/test_readmes.py tests/test_answers.py
    """,
    "pyproject.toml": EVERYTHING,
    "*answers_file*": f"{ANSWERS} {UPDATES}",
    ".github/workflows/ci.yml .gitlab-ci.yml": "tests/test_readmes.py tests/test_answers.py",
    ".github/workflows/update.yml .gitlab-ci.yml": "tests/test_weekly_job.py",
}

OF_THIS_REPOSITORY = {
    "copier.yml includes/*": f"{ANSWERS} {UPDATES} tests/test_readmes.py",
    "includes/changes.jinja CHANGELOG.md": "tests/test_update_commands.py tests/test_readmes.py",
    "tools/release.py": "tests/test_release.py",
    "CONTRIBUTING.md": "tests/test_renames.py tests/test_release.py",
    "README.md": "tests/test_readmes.py",
    ".github/workflows/*": "tests/test_dependencies.py tests/test_readmes.py tests/test_release.py",
    ".ci/run pyproject.toml .gitignore": EVERYTHING,
    # Nothing but what everything rests on: they are for people, or run by hand.
    "LICENSE SECURITY.md pictures/* benchmarks/*": "",
    "tools/pictures.py tools/mutation.py": "",
    # What several tests share runs them all; a test runs itself: see `held_by`.
    "tests/protections.py tests/protections/**": "tests/test_protections.py",
    "tests/rendered/inside/**": "tests/rendered tests/test_protections.py tests/engines",
    "tests/rendered/__init__.py": "tests/rendered tests/test_protections.py tests/engines",
    "tests/engines/**": "tests/engines",
    "tests/browsers/**": "tests/browsers",
    "tests/fuzz/**": "tests/fuzz",
    "tests/servers/**": "!tests/servers",
    "tests/lesson/**": "tests/test_lesson.py tests/test_law_of_the_owner.py",
    "tests/owners/**": """
        tests/test_owners.py tests/test_law_of_the_owner.py tests/test_conflicts.py
    """,
    "tests/mistakes/**": "tests/test_mistakes.py",
    "tests/places.py tests/written_for_0_8_1.py": """
        tests/test_sizes.py tests/test_names_of_before.py tests/test_conflicts.py
    """,
    "tests/damages.py tests/small_template.py": UPDATES,
    "tests/schema.py": "tests/test_schema.py",
    "tests/readme.py": "tests/test_readmes.py tests/test_updates.py tests/test_front_end.py",
    "tests/soundness.py": "tests/test_render.py tests/test_text_answers.py",
    "tests/gates.py tests/edits.py tests/history.py tests/commands.py": EVERYTHING,
    "tests/__init__.py tests/conftest.py tests/tools.py tests/answers.py tests/warm.py": EVERYTHING,
    "tests/what_runs.py": "tests/test_what_runs.py",
}


def in_a_project(path: str) -> str | None:
    """Return where a file of the template stands in a project; None for any other file."""
    found = re.fullmatch(r"template/(?:\{\{\w+\}\}/)*(.+?)(?:\.jinja)?", path)
    return found[1] if found else None


def held_by(path: str) -> set[str] | None:
    """Return the tests that a change of this file runs, or None where no row knows it."""
    rendered = in_a_project(path)
    table = OF_THIS_REPOSITORY if rendered is None else OF_A_PROJECT
    known = [tests for files, tests in table.items() if matches(rendered or path, files)]
    if re.fullmatch(r"tests/((browsers|engines|fuzz|rendered|servers)/)?test_\w+\.py", path):
        known.append(path)
    return {*" ".join(known).split()} if known else None


def matches(path: str, patterns: str) -> bool:
    in_regex = re.escape(" ".join(patterns.split())).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return bool(re.fullmatch(in_regex.replace(r"\ ", "|"), path))


@dataclass(frozen=True)
class Chosen:
    """What runs, and why."""

    why: str
    tests: frozenset[str] = frozenset({EVERYTHING})
    files: frozenset[str] = frozenset()
    """What changed, as it is called in a project."""

    def runs(self, test: str, *, slow: bool, guards: Iterable[str] = ()) -> bool:
        """Return whether a test runs: by its id, and by the files of a project that it guards."""
        if any(each.startswith("!") and is_in(test, each[1:]) for each in self.tests):
            return True
        chosen = any(is_in(test, each) for each in self.tests)
        return chosen and (not slow or not self.files.isdisjoint(guards))


def is_in(test: str, part: str) -> bool:
    """Return whether a test is this one, or in this file or folder."""
    return test == part or test.startswith((f"{part}/", f"{part}::", f"{part}["))


def changed_since(folder: Path, base: str) -> list[str] | None:
    """Return the files that differ from where `base` was left; None if git does not know it.

    Old and new name of a renamed file, what is deleted, and what is not committed count, too.
    """

    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(
            command, cwd=folder, check=True, capture_output=True, text=True
        ).stdout

    try:
        since = git("merge-base", base, "HEAD").strip()
    except subprocess.CalledProcessError:
        return None
    differing = git("diff", "--name-only", "--no-renames", "-z", since)
    new = git("ls-files", "--others", "--exclude-standard", "-z")
    return sorted({each for each in (differing + new).split("\0") if each})


def choose(changed: list[str] | None, base: str) -> Chosen:
    if changed is None:
        return Chosen(f"all that any push runs: git knows no {base} to compare with")
    tests = {*ALWAYS}
    for path in changed:
        found = held_by(path)
        if found is None or EVERYTHING in found:
            reason = "no row of tests/what_runs.py knows" if found is None else "all rests on"
            return Chosen(f"all that any push runs: {reason} {path}, which changed since {base}")
        tests |= found
    beside = sorted({each.removeprefix("!") for each in tests - {*ALWAYS}})
    count = "1 file" if len(changed) == 1 else f"{len(changed)} files"
    why = (
        f"what everything rests on, and for {count} changed since {base}: "
        f"{' '.join(beside) or 'nothing else'}"
    )
    projects = {each for path in changed if (each := in_a_project(path))}
    return Chosen(why, frozenset(tests), frozenset(projects))
