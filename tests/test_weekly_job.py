"""The weekly job of a project, run by its own shell as a runner would run it.

There is no GitHub and no GitLab here: git pushes to a repository beside it, and `gh` is a stand-in
that writes down its arguments.
"""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.commands import copy
from tests.conftest import Copies
from tests.history import NEXT, OURS, WORK_TREE, publish_the_next
from tests.tools import change, commit_all, git

MINE = OURS.replace("Ours", "Mine")
LINE = OURS.partition("\n")[2]


class Project:
    """A project with its repository, from which each run of a job starts in a new clone."""

    def __init__(self, folder: Path, template: Path, environment: dict[str, str], ci: str) -> None:
        self.folder, self.environment, self.ci = folder, environment, ci
        self.clones = 0
        source = folder / "project"
        copy(f"git+{template.as_uri()}", str(source), folder, "--data", f"ci={ci}")
        commit_all(source)
        self.origin = folder / "host" / "team" / "app.git"
        git(folder, "clone", "--quiet", "--bare", str(source), str(self.origin))
        git(self.origin, "config", "receive.advertisePushOptions", "true")
        hook = self.origin / "hooks" / "post-receive"
        hook.write_text(
            '#!/bin/sh\ni=0\nwhile [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do\n'
            '  eval "echo \\"\\$GIT_PUSH_OPTION_$i\\""\n  i=$((i + 1))\n'
            f'done >> "{folder}/push-options"\n'
        )
        hook.chmod(0o755)

    def steps(self) -> list[str]:
        """Return the shell of the weekly job."""
        if self.ci == "github":
            path = self.folder / "project/.github/workflows/update.yml"
            steps = yaml.safe_load(path.read_text("utf-8"))["jobs"]["update"]["steps"]
            found = [step["run"] for step in steps if "run" in step]
            host = "https://x-access-token:$GH_TOKEN@github.com"
        else:
            path = self.folder / "project/.gitlab-ci.yml"
            found = yaml.safe_load(path.read_text("utf-8"))["update"]["script"]
            host = "$CI_SERVER_PROTOCOL://oauth2:$TEMPLATE_UPDATES_TOKEN@$CI_SERVER_FQDN"
        # The one thing that needs a host: the address with the token in it.
        assert found[-1].count(host) == 1
        return [each.replace(host, f"file://{self.folder}/host") for each in found]

    def edit(self, path: str, old: str, new: str) -> None:
        source = self.folder / "project"
        change(source / path, old, new)
        commit_all(source, "Edit")
        git(source, "push", "--quiet", str(self.origin), "main")

    def run_job(self, **environment: str) -> subprocess.CompletedProcess[str]:
        self.clones += 1
        clone = self.folder / f"runner {self.clones}"
        # One commit, as runners fetch it.
        git(self.folder, "clone", "--quiet", "--depth=1", self.origin.as_uri(), str(clone))
        variables = {"GITHUB_REPOSITORY": "team/app", "CI_PROJECT_PATH": "team/app",
                     "CI_SERVER_HOST": "host.example", "GH_FAILS": "0"}  # fmt: skip
        script = "\n".join(f"(\n{step}\n)" for step in self.steps())
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=clone,
            env=self.environment | variables | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run_job_well(self) -> str:
        outcome = self.run_job()
        assert outcome.returncode == 0, outcome.stdout
        return outcome.stdout

    def branches(self) -> set[str]:
        return set(git(self.origin, "branch", "--format=%(refname:short)").split())

    def requests(self) -> list[str]:
        """Return what was said to open requests: gh's arguments, or GitLab's push options."""
        if self.ci == "github":
            path, end = self.folder / "gh", "\0"
        else:
            path, end = self.folder / "push-options", "\n"
        return path.read_text("utf-8").removesuffix(end).split(end) if path.exists() else []


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def project(
    request: pytest.FixtureRequest, tmp_path: Path, published: Path, commands: dict[str, str]
) -> Project:
    return Project(tmp_path, published, commands, request.param)


def test_with_nothing_new_the_weekly_job_changes_nothing(project: Project) -> None:
    assert "up-to-date" in project.run_job_well()
    assert project.branches() == {"main"}
    assert project.requests() == []


@pytest.mark.slow
def test_the_weekly_job_opens_one_request_for_a_new_version(
    project: Project, published: Path
) -> None:
    publish_the_next(published)
    project.run_job_well()
    branch = f"template-{NEXT}"
    assert project.branches() == {"main", branch}
    assert OURS in git(project.origin, "show", f"{branch}:app/main.py")
    assert 'name = "fastapi"' in git(project.origin, "show", f"{branch}:uv.lock")
    opened = project.requests()
    title, body = f"Update from the template to {NEXT}", "docs/updates.md tells how updates work."
    if project.ci == "github":
        assert opened == ["pr", "create", "--head", branch, "--title", title, "--body", body]
    else:
        assert opened == ["merge_request.create", f"merge_request.title={title}",
                          f"merge_request.description={body}"]  # fmt: skip

    assert f"{branch}, or delete the branch" in project.run_job_well()
    assert project.branches() == {"main", branch}
    assert project.requests() == opened


@pytest.mark.slow
def test_the_weekly_job_opens_a_draft_that_names_the_conflicts(
    project: Project, published: Path
) -> None:
    project.edit("app/main.py", LINE, MINE)
    publish_the_next(published)
    project.run_job_well()
    text = git(project.origin, "show", f"template-{NEXT}:app/main.py")
    assert "# Mine." in text
    assert "# Ours." in text
    opened = project.requests()
    if project.ci == "github":
        assert "--draft" in opened
        assert "Resolve the conflicts in these files:\n\napp/main.py\n\n" in opened[-1]
    else:
        assert f"merge_request.title=Draft: Update from the template to {NEXT}" in opened
        assert "Resolve the conflicts in: app/main.py." in opened[-1]


@pytest.mark.slow
def test_a_request_that_github_refuses_fails_the_job_and_is_tried_again(
    tmp_path: Path, published: Path, commands: dict[str, str]
) -> None:
    project = Project(tmp_path, published, commands, "github")
    publish_the_next(published)
    assert project.run_job(GH_FAILS="1").returncode != 0
    assert project.branches() == {"main"}
    project.run_job_well()
    assert project.branches() == {"main", f"template-{NEXT}"}


def test_no_code_that_an_update_brings_in_runs_beside_githubs_token(start: Copies) -> None:
    path = start(WORK_TREE, ci="github") / ".github" / "workflows" / "update.yml"
    job = yaml.safe_load(path.read_text("utf-8"))["jobs"]["update"]
    checkout, _, update, request = job["steps"]
    assert (job["permissions"], job.get("env")) == ({"contents": "read"}, None)
    assert checkout["with"] == {"persist-credentials": False}
    assert "env" not in update
    assert not re.search(r"\buvx?\b|copier ", request["run"])


def test_the_weekly_job_is_off_unless_wanted(start: Copies) -> None:
    github = (start(WORK_TREE, "a", ci="github") / ".github/workflows/update.yml").read_text(
        "utf-8"
    )
    assert yaml.safe_load(github)["jobs"]["update"]["if"] == "vars.TEMPLATE_UPDATES == 'true'"
    gitlab = (start(WORK_TREE, "b", ci="gitlab") / ".gitlab-ci.yml").read_text("utf-8")
    assert yaml.safe_load(gitlab)["update"]["rules"] == [
        {"if": '$CI_PIPELINE_SOURCE == "schedule" && $TEMPLATE_UPDATES == "true"'}
    ]
