"""What the READMEs tell a reader to do works as it stands there."""

import http.client
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from argon2 import PasswordHasher

from tests.answers import ROOT, STRATEGIES
from tests.commands import copy, no_conflict
from tests.conftest import Environment, Render
from tests.gates import GATES, OLDEST, assert_passes, run_in
from tests.readme import add_the_cookie_of_the_readme, blocks
from tests.tools import commit_all, git, running, serving

VARIES = re.compile(r"(?<=-session=)[^;\s]+|\d{4}-\d\d-\d\dT[\d:]{8}Z")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_examples_answer_as_the_readme_shows(
    render: Render, environment: Environment, strategy: str
) -> None:
    project = render(cookie_strategy=strategy)
    pages = "".join(
        (project / path).read_text("utf-8") for path in ("README.md", "docs/sign-in.md")
    )
    curls = [each for each in blocks(pages, "console") if each.startswith("curl")]
    assert len(curls) == 2
    # The hash of the password that the README signs in with, as `users add` makes it.
    users = json.dumps({"ada": PasswordHasher().hash("correct horse battery staple")})
    with serving(project, environment(OLDEST), "dev", "--no-reload", USERS=users) as port:
        for curl, shown in zip(curls, blocks(pages, "text"), strict=True):
            command = curl.replace(":8000", f":{port}").replace("curl", "curl --silent")
            printed = subprocess.run(
                shlex.split(command), check=True, capture_output=True, text=True
            ).stdout
            printed = VARIES.sub("varies", printed)
            lines = [each for each in printed.splitlines() if not re.match("date:|server:", each)]
            # "…" stands for the security headers, which are those of every response.
            pattern = re.escape(VARIES.sub("varies", shown).strip()).replace(
                "…", r"x-content.*content-security-policy: [^\n]*"
            )
            assert re.fullmatch(pattern, "\n".join(lines), re.DOTALL)


@pytest.mark.parametrize(
    ("strategy", "size"),
    [
        ("temporal", "none"),
        pytest.param("direct", "sessions", marks=pytest.mark.slow),
    ],
)
def test_a_cookie_added_as_the_readme_says_passes_every_gate_and_survives_a_switch(
    template_repository: Path,
    tmp_path: Path,
    environment: Environment,
    commands: dict[str, str],
    strategy: str,
    size: str,
) -> None:
    python = environment(OLDEST)
    answers = [f"--data=cookie_strategy={strategy}", f"--data=sign_in={size}"]
    copy(str(template_repository), "project", tmp_path, *answers)
    project = tmp_path / "project"
    add_the_cookie_of_the_readme(project)
    assert_passes(project, python, GATES)
    table = run_in(["app", "cookies"], project, python).stdout
    assert "| `currency` | Remembers in which currency you see prices. | 30 days |" in table

    commit_all(project)
    page = (project / "docs" / "updates.md").read_text("utf-8")
    [switch] = re.findall("^uv run (tools/update.py cookie_strategy=.*)$", page, re.MULTILINE)
    command = [sys.executable, *switch.split(), "--yes"]
    subprocess.run(command, cwd=project, env=commands, check=True, capture_output=True)
    assert no_conflict(project)
    assert_passes(project, python, ["types", "tests"])


def test_what_the_image_holds_runs_without_the_development_tools(
    render: Render, tmp_path: Path
) -> None:
    """There is no Docker here; these are the Dockerfile's own steps, in a folder."""
    project = render()
    dockerfile = (project / "Dockerfile").read_text("utf-8")
    assert re.findall("^(?:COPY|RUN uv) .*", dockerfile, flags=re.MULTILINE)[1:4] == [
        "COPY pyproject.toml uv.lock ./",
        "RUN uv sync --locked --no-dev --all-extras",
        "COPY app app",
    ]
    subprocess.run(["uv", "lock", "--quiet"], cwd=project, check=True)
    image = tmp_path / "srv"
    image.mkdir()
    for name in ("pyproject.toml", "uv.lock", "app"):
        (project / name).rename(image / name)
    sync = ["uv", "sync", "--quiet", "--locked", "--no-dev", "--all-extras"]
    sync += ["--python", str(OLDEST)]
    subprocess.run(sync, cwd=image, check=True)
    variables = dict(re.findall(r"^ENV (\w+)=(\d+)$", dockerfile, flags=re.MULTILINE))
    python = image / ".venv/bin/python"
    [command] = re.findall("^CMD (.*)$", dockerfile, flags=re.MULTILINE)
    words = shlex.split(command)[1:]  # behind exec
    for option, value in (("--host", "127.0.0.1"), ("--port", "0")):
        words[words.index(option) + 1] = value
    with running([python, "-m", *words], "running on", cwd=image, env=variables) as line:
        port = int(line.partition("127.0.0.1:")[2].split()[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()
        # A WebSocket's handshake with many cookies is answered: here, that there is none.
        handshake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        handshake |= {"Sec-WebSocket-Key": "A" * 22 + "==", "Cookie": f"a={'a' * 20_000}"}
        connection.request("GET", "/none", headers=handshake)
        assert connection.getresponse().status == 403
        connection.close()


def test_the_rendered_ci_runs_every_gate(render: Render) -> None:
    github = yaml.safe_load((render("a") / ".github/workflows/ci.yml").read_text("utf-8"))
    gitlab = yaml.safe_load((render("b", ci="gitlab") / ".gitlab-ci.yml").read_text("utf-8"))
    expected = ["uv sync --locked", *(f"uv run {' '.join(each)}" for each in GATES.values())]
    steps = github["jobs"]["test"]["steps"]
    assert [each["run"] for each in steps if "run" in each] == [
        each.replace(" -q", "") for each in expected
    ]
    assert gitlab["test"]["script"] == [each.replace(" -q", "") for each in expected]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_agents_md_stays_under_40_lines(render: Render, strategy: str) -> None:
    text = (render(cookie_strategy=strategy) / "AGENTS.md").read_text("utf-8")
    assert len(text.splitlines()) < 40


def test_every_action_is_pinned_by_its_sha(render: Render) -> None:
    workflows = [*ROOT.glob(".github/workflows/*.yml"), *render().glob(".github/workflows/*.yml")]
    used = [
        line
        for path in workflows
        for line in path.read_text("utf-8").splitlines()
        if "uses:" in line
    ]
    assert used
    for line in used:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_no_project_gets_the_name_of_one_of_its_dependencies(
    render: Render, template: Path
) -> None:
    project = render()
    subprocess.run(["uv", "lock", "--quiet"], cwd=project, check=True)
    locked = tomllib.loads((project / "uv.lock").read_text("utf-8"))["package"]
    listed = re.findall(r'"(.+?)"', (template / "includes/dependencies.jinja").read_text("utf-8"))
    assert {each["name"] for each in locked} - {"my-app"} <= {*listed}


def test_the_readmes_two_commands_are_those_that_ci_and_newcomers_run() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    first, second = blocks(readme, "console")[0].strip().split("\n")
    assert first.endswith("fastapi dev")
    assert second.endswith("uv run pytest")
    assert "grep --max-count=1 'uv run pytest$' README.md" in (ROOT / ".ci/run").read_text()


def test_the_readmes_first_command_run_twice_starts_the_project_that_is_there(
    template_repository: Path, tmp_path: Path
) -> None:
    first = blocks((ROOT / "README.md").read_text("utf-8"), "console")[0].strip().split("\n")[0]
    bin_ = tmp_path / "bin"
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(template_repository), "clone")
    # Stand-ins: what makes the environment, and what serves.
    scripts = {
        "python3": "mkdir -p .venv/bin && cp ../bin/* .venv/bin",
        "pip": "",
        "uvx": f'shift; exec "{sys.executable}" -m copier "$@"',
        "uv": 'echo "$@" >> ../uv',
    }
    bin_.mkdir()
    for name, script in scripts.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{script}\n")
        (bin_ / name).chmod(0o755)
    path = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    mine = tmp_path / "my-app" / "README.md"
    subprocess.run(["sh", "-c", first], cwd=clone, env=path, check=True)
    mine.write_text("mine\n")
    subprocess.run(["sh", "-c", first], cwd=clone, env=path, check=True)
    assert mine.read_text("utf-8") == "mine\n"
    assert (tmp_path / "uv").read_text() == "run --directory ../my-app fastapi dev\n" * 2


LOOK = re.compile(r"Look at: nothing[.]|Look at:\n- .+(\n(- |  ).+){0,4}")


def test_each_release_says_first_what_owners_look_at() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    entries = re.findall(r"^## (\S+).*\n\n((?:.+\n)*)", changelog, re.MULTILINE)
    before = ("0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0", "Unreleased")
    for version, head in entries:
        assert version in before or LOOK.fullmatch(head.strip()), version
    # It is included by templates.
    assert not re.search("{{|{%|{#", changelog)


def test_the_changelog_is_about_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    entries = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert entries[0] == ("Unreleased" if "dev" in version else version)


def test_the_lock_file_of_this_repository_is_not_committed() -> None:
    assert "uv.lock" not in git(ROOT, "ls-files").splitlines()


ASK = """
import sys
from fastapi.testclient import TestClient
from app.main import app
print(dict(TestClient(app).get(sys.argv[1]).headers))
"""
FRAMED = """from fastapi import APIRouter, Response

{imports}

router = APIRouter()


@router.get("/framed")
def framed(response: Response) -> None:
    {line}
"""


def test_a_security_header_is_loosened_as_the_page_on_deploying_says(
    render: Render, environment: Environment
) -> None:
    project = render(sign_in="none")
    page = (project / "docs" / "deploy.md").read_text("utf-8").partition("## Security headers")[2]
    of_the_app, of_a_route = blocks(page, "python")

    def sent(path: str) -> str:
        return subprocess.run(
            [environment(OLDEST), "-c", ASK, path],
            cwd=project,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    main = project / "app" / "main.py"
    original = main.read_text("utf-8")
    images, camera = of_the_app.splitlines()
    for line, expected in (
        (images, "img-src 'self' https://images.example"),
        (camera, "'permissions-policy': 'camera=(self)'"),
    ):
        main.write_text(original.replace("    protect(app, settings)", line))
        assert all(expected in sent(path) for path in ("/", "/health", "/nowhere"))

    imports, line = of_a_route.strip().rsplit("\n\n", 1)
    (project / "app" / "routes" / "health.py").write_text(FRAMED.format(imports=imports, line=line))
    assert "frame-ancestors https://shop.example" in sent("/framed")
    assert "frame-ancestors 'none'" in sent("/nowhere")


def test_the_pictures_are_there_are_small_and_say_what_they_show() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = set(re.findall(r'"(pictures/[^"]+)"', readme))
    assert shown == {f"pictures/{path.name}" for path in (ROOT / "pictures").iterdir()}
    assert all((ROOT / path).stat().st_size < 150_000 for path in shown)
    images = re.findall(r"<img .*?>", readme)
    assert images
    assert all(re.search(r' alt="[^"]{40,}"', image) for image in images)
