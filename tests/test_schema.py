"""Every answer of the app is one that its OpenAPI document names: schemathesis, all its checks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import argon2
import pytest

from tests.answers import ROOT
from tests.conftest import Environment, Render
from tests.tools import interpreters, serving

HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CREDENTIALS = {"username": "ada", "password": "correct horse battery staple"}
MANY = "1000000 per second"

slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("strategy", "size", "signed_in", "examples"),
    [
        ("temporal", "sessions", True, 10),
        *(
            pytest.param(strategy, size, signed_in, 200, marks=slow)
            for strategy in ("temporal", "direct")
            for size, signed_in in (("none", False), ("sessions", False), ("sessions", True))
        ),
    ],
)
def test_schemathesis_finds_nothing(
    render: Render,
    environment: Environment,
    tmp_path: Path,
    strategy: str,
    size: str,
    signed_in: bool,
    examples: int,
) -> None:
    project = render(cookie_strategy=strategy, sign_in=size)
    users = {"USERS": json.dumps({CREDENTIALS["username"]: HASHER.hash(CREDENTIALS["password"])})}
    if signed_in:  # else the limits are those of every app, and 429 is an answer, too
        users |= {"SIGN_IN_LIMIT_PER_USER": MANY, "SIGN_IN_LIMIT_PER_ADDRESS": MANY}
    python = environment(min(interpreters().items())[1])
    with serving(project, python, "run", FASTAPI_ENV="production", **users) as port:
        url = f"http://127.0.0.1:{port}"
        hooks = {}
        if signed_in:
            hooks = {"SCHEMATHESIS_HOOKS": "tests.schema", "SERVED": url}
            hooks |= {"CREDENTIALS": json.dumps(CREDENTIALS)}
        command = ["-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--checks=all"]
        command += ["--generation-database=none", f"--max-examples={examples}", "--no-color"]
        command += ["--suppress-health-check=all", "--warnings=off", "--continue-on-failure"]
        command += ["--request-timeout=60"]  # for a slow machine; it guards against hanging only
        # What a push brings fails on that push, not by chance on the next one.
        command += ["--seed=1"] if examples < 200 else []
        outcome = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | hooks,
            capture_output=True,
            text=True,
        )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    cases = re.search(r"(\d+) generated, (\d+) passed", outcome.stdout)
    assert cases, outcome.stdout
    assert int(cases[1]) > 100
