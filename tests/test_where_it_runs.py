"""Where an app runs: other users, other folders, its image's own check, a wheel, a pipe."""

import http.client
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Environment, Render
from tests.gates import OLDEST
from tests.tools import serving

# Root writes everywhere; without these it is a user like others. Elsewhere a mode is enough.
DROPPED = "--bounding-set=-dac_override,-dac_read_search"
LIKE_OTHERS = [] if os.getuid() else ["setpriv", DROPPED]
WHERE = """
from app.settings import load_settings
from app.sign_in import open_sessions
settings = load_settings()
print(settings.max_body_size, open_sessions(settings).store._path)
"""


@pytest.fixture(scope="module")
def project(render_once: Render) -> Path:
    return render_once("where it runs")


@pytest.fixture
def python(environment: Environment) -> str:
    return str(environment(OLDEST))


def run(
    command: list[str], project: Path, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(project)} | variables,
        capture_output=True,
        text=True,
    )


# ---- Users ---------------------------------------------------------------------------------


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nobody may write, with one in which somebody else has written."""
    folder = tmp_path / "closed"
    others = folder / "others"
    others.mkdir(parents=True)
    for name in ("sessions.db", "log.db", "log.db-wal"):
        (others / name).touch()
    (others / "sessions.db").chmod(0o444)
    (others / "log.db-wal").chmod(0o444)
    (others / "link.db").symlink_to(folder / "x.db")  # which counts as what it leads to
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


SENTENCES = {
    "x.db": "may not write into the folder {closed}, where SQLite keeps x.db",
    "others": "{closed}/others is a folder; name a file in it",
    "others/sessions.db": "may not read and write {closed}/others/sessions.db",
    "others/log.db": "may not read and write {closed}/others/log.db-wal",
    "others/link.db": "may not write into the folder {closed}, where SQLite keeps x.db",
    "nowhere/x.db": "there is no folder {closed}/nowhere",
}
OPEN_EACH = """
import sys
from app.kit.sessions import open_store
for path in sys.argv[1:]:
    try:
        open_store(f"sqlite:///{path}")
    except SystemExit as stop:
        print(stop)
"""


def test_a_store_that_this_user_cannot_write_stops_the_start_with_a_sentence(
    project: Path, python: str, closed: Path
) -> None:
    files = [str(closed / each) for each in SENTENCES]
    outcome = run([*LIKE_OTHERS, python, "-c", OPEN_EACH, *files], project, project)
    assert outcome.returncode == 0, outcome.stderr
    for told, sentence in zip(outcome.stdout.splitlines(), SENTENCES.values(), strict=True):
        assert told.startswith("Settings: SESSION_STORE: ")
        assert sentence.format(closed=closed) in told


def test_in_the_image_any_user_may_write_where_sessions_are_kept(
    render_once: Render, tmp_path: Path
) -> None:
    dockerfile = (render_once("where it runs") / "Dockerfile").read_text("utf-8")
    [install] = re.findall(r"^RUN (install .*?) /data ", dockerfile, re.MULTILINE)
    folder = tmp_path / "data"
    subprocess.run([*install.split(), folder], check=True)
    # As /tmp: whoever writes there; what somebody wrote, nobody else may remove.
    assert folder.stat().st_mode & 0o7777 == 0o1777


# ---- Folders -------------------------------------------------------------------------------


def test_settings_and_sessions_lie_in_the_project_whatever_the_working_folder_is(
    project: Path, python: str, tmp_path: Path
) -> None:
    (project / ".env").write_text("MAX_BODY_SIZE=77\n")
    for folder in (project, tmp_path):
        outcome = run([python, "-c", WHERE], project, folder)
        assert outcome.stdout == f"77 {project}/sessions.db\n"
        assert outcome.stderr == ""
    (project / ".env").unlink()


def test_what_only_the_working_folder_has_is_taken_and_what_is_passed_over_is_named(
    project: Path, python: str, tmp_path: Path
) -> None:
    dotenv, sessions = tmp_path / ".env", tmp_path / "sessions.db"
    dotenv.write_text("MAX_BODY_SIZE=88\n")
    sessions.touch()
    outcome = run([python, "-c", WHERE], project, tmp_path)
    assert outcome.stdout == f"88 {sessions}\n"
    for path in (dotenv, sessions):
        assert f"{path} is used: move it to {project / path.name}, " in outcome.stderr
    (project / ".env").write_text("MAX_BODY_SIZE=77\n")
    outcome = run([python, "-c", WHERE], project, tmp_path)
    assert outcome.stdout == f"77 {sessions}\n"
    assert f"{project}/.env is used; {dotenv} in the working folder is not." in outcome.stderr
    (project / ".env").unlink()


def test_a_wrong_line_is_told_of_the_file_in_which_it_stands(
    project: Path, python: str, tmp_path: Path
) -> None:
    (project / ".env").write_text("MAX_BODY_SIZES=1\n")
    outcome = run([python, "-c", WHERE], project, tmp_path)
    assert outcome.stderr.startswith("Settings: .env, at line 1: no setting is called MAX_BODY")
    (project / ".env").unlink()


# ---- The image's own check -------------------------------------------------------------------


def test_the_images_check_asks_the_app_at_its_port_and_no_proxy(
    project: Path, python: str, tmp_path: Path
) -> None:
    dockerfile = (project / "Dockerfile").read_text("utf-8")
    [line] = re.findall(r"^HEALTHCHECK CMD (\[.*\])$", dockerfile, re.MULTILINE)
    check = [python, *json.loads(line)[1:]]
    dead = "http://127.0.0.1:9"
    proxies = {"http_proxy": dead, "HTTP_PROXY": dead, "all_proxy": dead, "no_proxy": ""}
    store = f"sqlite:///{tmp_path}/sessions.db"
    with serving(project, Path(python), "run", "--host=127.0.0.1", SESSION_STORE=store) as port:
        outcome = run(check, project, tmp_path, PORT=str(port), **proxies)
        assert outcome.returncode == 0, outcome.stderr
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("GET", "/nowhere")
            assert connection.getresponse().status == 404
        wrong = [part.replace("/live", "/nowhere") for part in check]
        assert run(wrong, project, tmp_path, PORT=str(port)).returncode == 1
    assert run(check, project, tmp_path, PORT=str(port)).returncode == 1


def test_the_image_has_one_port_which_one_variable_changes(project: Path) -> None:
    dockerfile = (project / "Dockerfile").read_text("utf-8")
    assert "PORT=8000" in dockerfile
    assert "EXPOSE 8000" in dockerfile
    assert re.findall("8000", dockerfile.partition("\nEXPOSE 8000\n")[2]) == []


# ---- What an image and git leave out ---------------------------------------------------------


def docker_takes(path: str, patterns: list[str]) -> bool:
    """Return whether a path is sent to Docker: the last line that matches it, or a folder of it."""
    taken = True
    for pattern in patterns:
        matcher = re.escape(pattern.removeprefix("!"))
        matcher = matcher.replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(f"{matcher}(/.*)?", path):
            taken = pattern.startswith("!")
    return taken


def test_the_image_gets_the_app_and_no_secrets_or_sessions(project: Path) -> None:
    lines = (project / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [each for each in lines if each and not each.startswith("#")]
    files = [path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()]
    in_the_image = {each for each in files if docker_takes(each, patterns)}
    expected = {each for each in files if each.startswith("app/") and "__pycache__" not in each}
    assert in_the_image == expected | {"pyproject.toml"} | ({"uv.lock"} & {*files})
    well_known = "app/frontend/.well-known/security.txt"
    assert docker_takes(well_known, patterns)
    for left_out in (
        ".env", "app/.env", "app/kit/.env.production", "app/.git/config", "app/sessions.db",
        "app/data/sessions.db-wal", "app/sessions.db-shm", "app/.venv/bin/python", "tests/x.py",
        "app/routes/__pycache__/x.pyc",
    ):  # fmt: skip
        assert not docker_takes(left_out, patterns), left_out


@pytest.mark.parametrize("size", ["none", "sessions"])
def test_git_leaves_out_settings_of_every_name_but_keeps_the_example(
    render: Render, size: str
) -> None:
    project = render(sign_in=size)
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    asked = [".env", "app/.env", ".env.production", "app/.env.local", ".env.example"]
    command = ["git", "check-ignore", "--no-index", *asked]
    ignored = subprocess.run(command, cwd=project, capture_output=True, text=True).stdout
    assert ignored.split() == asked[:-1]


# ---- Pipes -----------------------------------------------------------------------------------


def nobody_reads() -> int:
    reads, writes = os.pipe()
    os.close(reads)
    return writes


@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [
        ("cookies", ""),
        pytest.param("cookies", "1", marks=pytest.mark.slow),
        pytest.param("--help", "", marks=pytest.mark.slow),
    ],
)
def test_a_command_whose_output_nobody_reads_ends_as_other_tools_do(
    project: Path, python: str, arguments: str, unbuffered: str
) -> None:
    outcome = subprocess.run(
        [python, "-m", "app", arguments],
        cwd=project,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        stdout=nobody_reads(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert (outcome.returncode, outcome.stderr) == (141, "")


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("> /dev/full", "Stopped: [Errno 28] No space left on device\n"),
        (">&-", "Stopped: there is no standard output.\n"),
    ],
)
def test_a_command_whose_output_gets_nowhere_says_why(
    project: Path, python: str, output: str, says: str
) -> None:
    outcome = run(["sh", "-c", f"'{python}' -m app cookies {output}"], project, project)
    assert (outcome.returncode, outcome.stderr) == (1, says)


# ---- A wheel ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("size", ["none", "sessions"])
def test_a_wheel_holds_all_of_the_app(
    render: Render, python: str, tmp_path: Path, size: str
) -> None:
    project = render(sign_in=size, project_name="Ada's Shop")
    store = tmp_path / "empty"
    store.mkdir()
    subprocess.run(["uv", "build", "--quiet"], cwd=project, check=True)
    [wheel] = project.glob("dist/*.whl")
    installed = tmp_path / "installed"
    install = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(installed)]
    subprocess.run([*install, "--python", python, wheel], cwd=store, check=True)
    ask = "import app.main, app.kit; print(app.kit.PROJECT, app.kit.DECLARED.keys())"
    told = run([python, "-c", ask], installed, store)
    assert told.returncode == 0, told.stderr
    assert told.stdout == run([python, "-c", ask], project, project).stdout
    assert "Ada's Shop" in told.stdout
    variables = {"PYTHONPATH": str(installed), "FASTAPI_ENV": "development"}
    command = ("run", "--host=127.0.0.1", "--entrypoint=app.main:app")
    with (
        serving(store, Path(python), *command, **variables) as port,
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
    ):
        for path in ("/", "/style.css", "/docs", "/health", "/openapi.json"):
            connection.request("GET", path, headers={"Accept": "text/html"})
            response = connection.getresponse()
            assert (path, response.status, bool(response.read())) == (path, 200, True)
    assert {each.name for each in store.iterdir()} <= {"sessions.db"}
