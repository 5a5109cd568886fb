"""The weekly job of a project, run by its own shell as a runner would run it.

There is no GitHub and no GitLab here: git pushes to a repository beside it, and `gh` is a stand-in
that writes down its arguments.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import copy
from tests.conftest import Copies
from tests.history import NEXT, OURS, WORK_TREE, publish_the_next
from tests.tools import change, commit_all, git

MINE = OURS.replace("Ours", "Mine")
LINE = OURS.partition("\n")[2]
SECRET = "glpat-s3cret"
TOKENS = {"GH_TOKEN": SECRET, "TEMPLATE_UPDATES_TOKEN": SECRET}


def jobs_of(project: Path, ci: str) -> dict[str, Any]:
    """Return the jobs of the file that has the weekly ones."""
    path = project / (".github/workflows/update.yml" if ci == "github" else ".gitlab-ci.yml")
    read: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return dict(read["jobs"]) if ci == "github" else read


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

    def shell(self, job: str) -> str:
        """Return the shell of one of the two jobs."""
        jobs = jobs_of(self.folder / "project", self.ci)
        if self.ci == "github":
            found = [step["run"] for step in jobs[job]["steps"] if "run" in step]
            host = "https://x-access-token:$GH_TOKEN@github.com"
        else:
            before = [each for each in jobs[job].get("before_script", []) if "pip" not in each]
            found = before + jobs[job]["script"]
            host = "$CI_SERVER_PROTOCOL://oauth2:$TEMPLATE_UPDATES_TOKEN@$CI_SERVER_FQDN"
        script = "\n".join(found)
        # The one thing that needs a host: the address with the token in it.
        assert script.count(host) == (job == "request")
        return script.replace(host, f"file://{self.folder}/host")

    def edit(self, path: str, old: str, new: str) -> None:
        source = self.folder / "project"
        change(source / path, old, new)
        commit_all(source, "Edit")
        git(source, "push", "--quiet", str(self.origin), "main")

    def run_jobs(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run both jobs, each in a clone of its own; the second has what the first hands over."""
        outcome, clone = self.run_job("update", None, **environment)
        bundle = clone / "update.bundle"
        # GitHub leaves the second job out; GitLab's sees that there is nothing.
        says_so = (clone / "output").read_text("utf-8") == "is-new=true\n"
        assert says_so == (bundle.exists() and self.ci == "github")
        if outcome.returncode or not (bundle.exists() or self.ci == "gitlab"):
            return outcome
        return self.run_job("request", bundle, **TOKENS, **environment)[0]

    def run_job(
        self, job: str, bundle: Path | None, **environment: str
    ) -> tuple[subprocess.CompletedProcess[str], Path]:
        self.clones += 1
        clone = self.folder / f"runner {self.clones}"
        # One commit, as runners fetch it.
        git(self.folder, "clone", "--quiet", "--depth=1", self.origin.as_uri(), str(clone))
        if bundle and bundle.exists():
            shutil.copy(bundle, clone)
        output = clone / "output"
        if job == "update":
            (clone / ".git/info/exclude").write_text("/output\n")
            output.touch()
        variables = {"GITHUB_REPOSITORY": "team/app", "CI_PROJECT_PATH": "team/app",
                     "CI_SERVER_HOST": "host.example", "GH_FAILS": "0",
                     "GITHUB_OUTPUT": str(output)}  # fmt: skip
        outcome = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", self.shell(job)],
            cwd=clone,
            env=self.environment | variables | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return outcome, clone

    def run_jobs_well(self) -> str:
        outcome = self.run_jobs()
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
    assert "up-to-date" in project.run_jobs_well()
    assert project.branches() == {"main"}
    assert project.requests() == []


@pytest.mark.slow
def test_the_weekly_job_opens_one_request_for_a_new_version(
    project: Project, published: Path
) -> None:
    publish_the_next(published)
    project.run_jobs_well()
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

    assert f"{branch}, or delete the branch" in project.run_jobs_well()
    assert project.branches() == {"main", branch}
    assert project.requests() == opened


@pytest.mark.slow
def test_the_weekly_job_opens_a_draft_that_names_the_conflicts(
    project: Project, published: Path
) -> None:
    project.edit("app/main.py", LINE, MINE)
    publish_the_next(published)
    project.run_jobs_well()
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
    assert project.run_jobs(GH_FAILS="1").returncode != 0
    assert project.branches() == {"main"}
    project.run_jobs_well()
    assert project.branches() == {"main", f"template-{NEXT}"}


# Whoever published a Copier could have it do this, as could a package that Copier depends on.
PLANTED = """
import os, subprocess
from pathlib import Path

def look(who):
    return f'echo "{{who}}: $(env) $(cat .git/config)" >> "{seen}"'

hooks = Path(".git/hooks")
hooks.mkdir(exist_ok=True)
for name in ("post-commit", "pre-push", "reference-transaction", "post-checkout"):
    (hooks / name).write_text(f"#!/bin/sh\\n{{look(name)}}\\n")
    (hooks / name).chmod(0o755)
for key in ("filter.planted.clean", "filter.planted.smudge"):
    subprocess.run(["git", "config", key, f"{{hooks.absolute()}}/post-commit; cat"])
Path(".gitattributes").write_text("* filter=planted\\n")
Path(".copier-answers.yml").write_text("_commit: {version}\\ncookie_strategy: direct\\n")
subprocess.run(["sh", "-c", look("the update")])
"""


class Small(Project):
    """A project without dependencies, whose update is what somebody planted."""

    def __init__(self, folder: Path, rendered: Path, commands: dict[str, str], ci: str) -> None:
        self.folder, self.environment, self.ci, self.clones = folder, commands, ci, 0
        self.seen = folder / "seen"
        shutil.copytree(rendered, folder / "project")
        source = folder / "source"
        (source / "tools").mkdir(parents=True)
        project = '[project]\nname = "small"\nversion = "0"\nrequires-python = ">=3.11"\n'
        (source / "pyproject.toml").write_text(project)
        (source / ".gitignore").write_text(".venv\n")
        answers = "_commit: 1.0.0\ncookie_strategy: direct\n"
        (source / ".copier-answers.yml").write_text(answers)
        self.origin = folder / "host" / "team" / "app.git"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        git(self.origin, "config", "receive.advertisePushOptions", "true")
        self.source = source

    def plant(self, version: str) -> None:
        script = PLANTED.format(seen=self.seen, version=version)
        (self.source / "tools" / "update.py").write_text(script)
        commit_all(self.source, "Plant")
        git(self.source, "push", "--quiet", str(self.origin), "main")


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def small(
    request: pytest.FixtureRequest, tmp_path: Path, fresh: Copies, commands: dict[str, str]
) -> Small:
    return Small(tmp_path, fresh(WORK_TREE, ci=request.param), commands, request.param)


def test_no_code_that_an_update_runs_sees_the_token(small: Small) -> None:
    small.plant(NEXT)
    small.run_jobs_well()
    assert small.branches() == {"main", f"template-{NEXT}"}
    told = small.seen.read_text("utf-8")
    assert all(f"{each}: " in told for each in ("the update", "post-commit"))
    assert "pre-push: " not in told
    assert SECRET not in told


@pytest.mark.slow
def test_an_update_reaches_no_branch_but_its_own(small: Small) -> None:
    for version in ("x:main", "x:refs/heads/main", "x y", "../main", "x\\n_commit: main"):
        small.plant(version)
        small.run_jobs()
        assert git(small.origin, "log", "-1", "--format=%s", "main") == "Plant\n"
        assert all(each == "main" or each.startswith("template-") for each in small.branches())


@pytest.mark.slow
def test_gitlabs_job_refuses_a_token_that_every_job_sees(
    tmp_path: Path, published: Path, commands: dict[str, str]
) -> None:
    project = Project(tmp_path, published, commands, "gitlab")
    outcome, _ = project.run_job("update", None, **TOKENS)
    assert outcome.returncode == 1
    assert "environment of the variable TEMPLATE_UPDATES_TOKEN" in outcome.stdout


def test_the_token_is_in_the_job_that_runs_nothing_of_the_update(start: Copies) -> None:
    update, request, _ = jobs_of(start(WORK_TREE, "a", ci="github"), "github").values()
    for job in (update, request):
        assert (job["permissions"], job.get("env")) == ({"contents": "read"}, None)
        assert job["steps"][0]["with"] == {"persist-credentials": False}
    assert "secrets." not in str(update)
    assert [step for step in update["steps"] if "env" in step] == []
    assert [step for step in request["steps"] if "env" in step] == request["steps"][-1:]
    jobs = jobs_of(start(WORK_TREE, "b", ci="gitlab"), "gitlab")
    assert "environment" not in jobs["update"]
    assert jobs["request"]["environment"] == {"name": "template-updates", "action": "access"}
    assert jobs["request"]["variables"] == {"GIT_STRATEGY": "clone"}
    for script in (request["steps"][-1]["run"], jobs["request"]["script"][0]):
        # It fetches, looks and pushes: no work tree, no commit, nothing of the project.
        words = {*script.replace("(", " ").split()}
        assert not words & {"uv", "uvx", "pip", "python", "checkout", "switch", "apply"}


@pytest.mark.parametrize("open_issue", ["", "7"])
def test_a_weekly_run_that_fails_says_so_in_one_issue(
    start: Copies, tmp_path: Path, commands: dict[str, str], open_issue: str
) -> None:
    jobs = jobs_of(start(WORK_TREE, ci="github"), "github")
    tell = jobs["tell"]
    assert tell["needs"] == ["update", "request"]
    assert tell["permissions"] == {"issues": "write"}
    [step] = tell["steps"]
    variables = {"RUN": "https://github.example/run/1", "GH_FAILS": "0", "GH_PRINTS": open_issue}
    assert {"GH_TOKEN", "GH_REPO", "RUN"} == step["env"].keys()
    subprocess.run(["bash", "-euc", step["run"]], env=commands | variables, check=True)
    asked = (tmp_path / "gh").read_text("utf-8").split("\0")
    assert asked[:2] == ["issue", "list"]
    assert asked.count("issue") == 2
    did = asked[asked.index("issue", 1) :]
    assert did[1] == ("comment" if open_issue else "create")
    assert any("https://github.example/run/1" in each for each in did)


def test_the_weekly_job_is_off_unless_wanted(start: Copies) -> None:
    github = jobs_of(start(WORK_TREE, "a", ci="github"), "github")
    assert github["update"]["if"] == "vars.TEMPLATE_UPDATES == 'true'"
    assert github["request"]["needs"] == "update"
    # A job that was left out has neither failed nor been cancelled.
    assert "'failure'" in github["tell"]["if"]
    gitlab = jobs_of(start(WORK_TREE, "b", ci="gitlab"), "gitlab")
    for job in ("update", "request"):
        assert gitlab[job]["rules"] == [
            {"if": '$CI_PIPELINE_SOURCE == "schedule" && $TEMPLATE_UPDATES == "true"'}
        ]
