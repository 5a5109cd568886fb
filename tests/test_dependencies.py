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
