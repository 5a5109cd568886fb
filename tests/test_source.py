"""Where a project takes updates from holds no token: it is recorded, and README says to commit."""

import re
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from jinja2_ansible_filters.core_filters import regex_search  # type: ignore[import-untyped]

from tests.answers import ROOT
from tests.commands import copy, run
from tests.conftest import Copies
from tests.edits import ANSWERS
from tests.history import WORK_TREE, publish_the_next
from tests.tools import COPIER, change, commit_all, git, tree

TOKEN = "s3cr3t"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def host(published: Path) -> Iterator[str]:
    """A web server that has the template, and asks nobody who they are."""
    git(published.parent, "clone", "--quiet", "--mirror", str(published), "template.git")
    git(published.parent / "template.git", "update-server-info")
    handler = partial(Quiet, directory=str(published.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}/template.git"
        server.shutdown()
        thread.join()


def push_the_next(published: Path) -> None:
    publish_the_next(published)
    mirror = published.parent / "template.git"
    git(mirror, "fetch", "--quiet", "origin")
    git(mirror, "update-server-info")


@pytest.mark.parametrize("options", [["--defaults"], ["--defaults", "--data=project_name=A"], []])
def test_a_copy_from_an_address_with_a_token_is_refused_and_writes_nothing(
    host: str, tmp_path: Path, options: list[str]
) -> None:
    answers = [] if options else ["--data=project_name=A", "--data=cookie_strategy=direct",
                                  "--data=sign_in=none"]  # fmt: skip
    command = [*COPIER, "copy", *options, *answers, f"http://ada:{TOKEN}@{host}", "project"]
    outcome = run(command, tmp_path)
    assert outcome.returncode != 0
    assert "holds a name or a token" in outcome.stderr.splitlines()[-1]
    assert "Type it without, as in https://HOST/PATH" in outcome.stderr
    assert TOKEN not in outcome.stdout + outcome.stderr
    assert not (tmp_path / "project").exists()


def test_a_copy_over_a_project_does_not_bring_a_token_in(host: str, tmp_path: Path) -> None:
    copy(f"http://{host}", "project", tmp_path)
    before = tree(tmp_path / "project")
    address = f"http://ada:{TOKEN}@{host}"
    for folder, cwd in (("project", tmp_path), (".", tmp_path / "project")):
        outcome = run([*COPIER, "copy", "--defaults", "--overwrite", address, folder], cwd)
        assert "holds a name or a token" in outcome.stderr
    assert tree(tmp_path / "project") == before


HOLD_NONE = [
    "https://host.example/team/template.git", "https://host.example:8443/t.git", "gh:team/t",
    "gl:team/t", "git@host.example:team/t.git", "ssh://git@host.example/t.git",
    "ssh://git@host.example:22/t.git", "git+ssh://git@host.example/t", "SSH://git@host.example/t",
    "git+https://host.example/t", "https://host.example/@team/t.git", "../template", "/home/a@b/t",
    "file:///home/a@b/t.git", "https://host.example/t.git?ref=main",
]  # fmt: skip
HOLD_ONE = [
    "https://ada:t@host.example/t.git", "https://t@host.example/t.git", "http://:t@host.example/t",
    "git+https://x-access-token:t@host.example/t", "HTTPS://ADA:T@HOST.EXAMPLE/t.git",
    "https://ada:t@t@host.example/t.git", "ssh://git:t@host.example/t.git",
    "git+ssh://git:t@host.example/t", "https://host.example/t.git?private_token=t",
    "https://host.example/t.git?a=b&access_token=t", "git://t@host.example/t.git",
]  # fmt: skip


@pytest.mark.parametrize(("addresses", "expected"), [(HOLD_NONE, False), (HOLD_ONE, True)])
def test_what_holds_a_token_is_told_from_what_does_not(
    addresses: list[str], expected: bool
) -> None:
    text = (ROOT / "includes" / "source.jinja").read_text("utf-8")
    macro = text.partition("macro has_secret")[2].partition("endmacro")[0]
    pattern = "".join(re.findall("'(.*)'", macro))
    assert [each for each in addresses if bool(regex_search(each, pattern)) != expected] == []


@pytest.fixture
def leaking(host: str, tmp_path: Path) -> Path:
    """A project from before tokens were refused."""
    copy(f"http://{host}", "project", tmp_path)
    project = tmp_path / "project"
    change(project / ANSWERS, f"http://{host}", f"http://ada:{TOKEN}@{host}")
    commit_all(project)
    return project


def test_an_update_of_a_project_that_recorded_one_goes_on_and_says_what_to_do(
    leaking: Path, published: Path
) -> None:
    push_the_next(published)
    outcome = run([*COPIER, "update", "--defaults"], leaking)
    assert outcome.returncode == 0, outcome.stderr
    assert "# Ours." in (leaking / "app/main.py").read_text("utf-8")
    assert "revoke it" in outcome.stderr
    assert f"the line `_src_path` of {ANSWERS}" in outcome.stderr
    assert TOKEN not in outcome.stderr


def test_the_tool_says_so_too_and_prints_no_token_when_git_fails(
    leaking: Path, published: Path, commands: dict[str, str]
) -> None:
    def tool(*options: str) -> subprocess.CompletedProcess[str]:
        command = ["python3", "tools/update.py", *options]
        return subprocess.run(command, cwd=leaking, env=commands, capture_output=True, text=True)

    push_the_next(published)
    done = tool("--preview")
    assert done.returncode == 0
    assert "revoke it" in done.stderr
    assert f"the line `_src_path` of {ANSWERS}" in done.stderr
    change(leaking / ANSWERS, "template.git", "nowhere.git")
    commit_all(leaking, "Lose the template")
    failed = tool("--yes")
    assert failed.returncode == 2
    assert "nowhere.git" in failed.stderr
    assert TOKEN not in done.stdout + done.stderr + failed.stdout + failed.stderr


def test_a_project_without_one_is_told_nothing_of_it(start: Copies, published: Path) -> None:
    project = start(WORK_TREE)
    told = run([*COPIER, "update", "--defaults"], project).stderr
    assert "The address of the template" not in told
