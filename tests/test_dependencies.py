"""The weekly run on the newest and the oldest direct dependencies, by the workflow's own steps."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.answers import ROOT, STRATEGIES
from tests.conftest import ENVIRONMENTS
from tests.gates import GATES, OLDEST
from tests.tools import change

WORKFLOW = ROOT / ".github" / "workflows" / "dependencies.yml"


def job() -> dict[str, Any]:
    return dict(yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["test"])


def steps() -> list[str]:
    return [step["run"] for step in job()["steps"] if "run" in step]


def run_as_the_job(template: Path, environment: dict[str, str], steps: list[str]) -> str:
    """Run steps in a clone, as a runner would run them; return what they printed."""
    outcome = subprocess.run(
        ["bash", "-euc", "\n".join(steps)],
        cwd=template,
        env=environment
        | {"STRATEGY": "direct", "UV_RESOLUTION": "lowest-direct", "UV_PYTHON": str(OLDEST)}
        # As conftest.py tells: not in pytest's folder.
        | {"UV_PROJECT_ENVIRONMENT": f"{os.environ[ENVIRONMENTS]}/lowest-{template.parent.name}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return outcome.stdout if outcome.returncode else ""


def test_the_weekly_run_has_every_gate_and_both_ends() -> None:
    gates = [f"uv run --directory ../project {' '.join(each)}" for each in GATES.values()]
    assert steps()[-len(gates) :] == [each.removesuffix(" -q") for each in gates]
    matrix = job()["strategy"]["matrix"]
    assert matrix["strategy"] == [*STRATEGIES]
    assert matrix["resolution"] == ["highest", "lowest-direct"]
    assert all(step.keys() <= {"uses", "with", "run"} for step in job()["steps"])


def test_the_resolution_is_that_of_the_project_and_not_of_copier(
    published: Path, commands: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bin" / "uvx").write_text(f'#!/bin/sh\nenv > "{tmp_path}/seen"\n')
    [copy] = [each for each in steps() if "copier" in each]
    assert run_as_the_job(published, commands, [copy]) == ""
    seen = (tmp_path / "seen").read_text("utf-8")
    assert "STRATEGY=direct" in seen
    assert "UV_RESOLUTION" not in seen
    assert [each for each in steps() if "UV_RESOLUTION" in each] == [copy]


@pytest.mark.parametrize("open_issue", ["", "7"])
def test_a_scheduled_run_that_fails_says_so_in_one_issue(
    tmp_path: Path, commands: dict[str, str], open_issue: str
) -> None:
    workflows = {
        path: yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
        for path in WORKFLOW.parent.glob("*.yml")
    }
    tells = workflows[WORKFLOW.with_name("failures.yml")]
    scheduled = {each["name"] for each in workflows.values() if "schedule" in each["on"]}
    assert {*tells["on"]["workflow_run"]["workflows"]} == scheduled
    job = tells["jobs"]["tell"]
    assert job["permissions"] == {"issues": "write"}
    [step] = job["steps"]
    assert step["env"].keys() == {"GH_TOKEN", "GH_REPO", "NAME", "RUN"}
    variables = {"NAME": "Dependencies", "RUN": "https://github.example/run/1"}
    variables |= {"GH_FAILS": "0", "GH_PRINTS": open_issue}
    subprocess.run(["bash", "-euc", step["run"]], env=commands | variables, check=True)
    told = (tmp_path / "gh").read_text("utf-8").split("\0")
    assert told[:2] == ["issue", "list"]
    done = told[told.index("issue", 1) :]
    if open_issue:
        assert done[:3] == ["issue", "comment", "7"]
    else:
        assert done[:4] == ["issue", "create", "--title", "The scheduled run of Dependencies fails"]
    assert any(variables["RUN"] in each for each in done)


@pytest.mark.slow
def test_a_fresh_project_passes_on_its_oldest_direct_dependencies(
    published: Path, commands: dict[str, str]
) -> None:
    complaint = run_as_the_job(published, commands, steps()[1:])
    assert not complaint, complaint


@pytest.mark.slow
def test_negative_control_a_bound_that_is_too_low_is_noticed(
    published: Path, commands: dict[str, str]
) -> None:
    project = published / "template" / "pyproject.toml.jinja"
    change(project, '"pydantic-settings>=2.16"', '"pydantic-settings>=2.0"')
    lint_is_enough = [each for each in steps()[1:] if "pytest" not in each]
    importing = "uv run --directory ../project python -c 'import app.main'"
    assert run_as_the_job(published, commands, [*lint_is_enough, importing])
