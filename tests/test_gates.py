"""A rendered project passes its own tests, lint and types; broken on purpose, it does not."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.answers import CHOICES, STRATEGIES
from tests.conftest import Environment, Render
from tests.tools import commit_all, git, interpreters

# What the rendered CI runs.
GATES: dict[str, list[str]] = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "tests": ["coverage", "run", "-m", "pytest", "-q"],
    "coverage": ["coverage", "report"],
}
STATIC_GATES = ["lint", "format", "types"]
# With the tests that are quick, and without measuring coverage, which takes as long again.
QUICK_GATES = [*STATIC_GATES, "quick tests"]
OLDEST = interpreters()[min(interpreters())]


def gate(name: str, project: Path, python: Path) -> subprocess.CompletedProcess[str]:
    # The tests of the stores take long, and need no second look at a project that differs little.
    slow = ["sessions", "test_asvs.py", "test_topologies.py"]
    quick = ["pytest", "-q", *(f"--ignore=tests/{each}" for each in slow)]
    return run(GATES.get(name, quick), project, python)


def run(command: list[str], project: Path, python: Path) -> subprocess.CompletedProcess[str]:
    # All projects share what mypy learnt of the libraries.
    environment = os.environ | {"MYPY_CACHE_DIR": str(python.parent.parent / "mypy")}
    return subprocess.run(
        [python, "-m", *command], cwd=project, env=environment, capture_output=True, text=True
    )


def assert_passes(project: Path, python: Path, gates: Iterable[str] = GATES) -> None:
    for name in gates:
        outcome = gate(name, project, python)
        assert outcome.returncode == 0, f"{name}:\n{outcome.stdout}{outcome.stderr}"


# A test of test_render.py shows that no other answer reaches what the gates run, and the version
# of Python only reaches ruff and mypy.
@pytest.mark.parametrize("python_version", CHOICES["python_version"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_passes_lint_and_types_for_each_oldest_python(
    render: Render, environment: Environment, strategy: str, python_version: str
) -> None:
    project = render(cookie_strategy=strategy, python_version=python_version)
    assert_passes(project, environment(OLDEST), STATIC_GATES)


# One Python where the machine has one: CI runs these tests on the oldest and on the newest.
@pytest.mark.parametrize(
    ("strategy", "version"),
    [("temporal", min(interpreters())), ("direct", max(interpreters()))],
    ids=str,
)
def test_the_oldest_and_the_newest_python_of_this_machine_pass_every_gate(
    render: Render, environment: Environment, strategy: str, version: tuple[int, int]
) -> None:
    project, python = render(cookie_strategy=strategy), environment(interpreters()[version])
    commit_all(project)
    run(["ruff", "format"], project, python)
    run(["ruff", "check", "--fix"], project, python)
    assert_passes(project, python)
    assert git(project, "status", "--porcelain") == "", "the tools leave the tree clean"
    # Negative controls: lines that no test ran, here because they are new, are noticed, and what
    # is not formatted does not stay as it is.
    with (project / "app" / "main.py").open("a") as main:
        main.write("if not  HERE:\n    HERE\n")
    assert gate("coverage", project, python).returncode == 2
    commit_all(project, "Break the format")
    run(["ruff", "format"], project, python)
    assert git(project, "status", "--porcelain") == " M app/main.py\n"


@pytest.mark.parametrize(
    ("name", "path", "old", "new"),
    [
        ("lint", "app/main.py", "import tomllib", "import os\nimport tomllib"),
        ("format", "app/main.py", "import tomllib", "import  tomllib"),
        ("types", "app/main.py", "create_app(load_settings())", "create_app(1)"),
        ("quick tests", "app/cookies.py", '"fakesession"', '"session"'),
    ],
)
def test_negative_control_each_gate_fails_on_what_it_is_for(
    render: Render, environment: Environment, name: str, path: str, old: str, new: str
) -> None:
    project, python = render(), environment(OLDEST)
    change(project / path, old, new)
    assert gate(name, project, python).returncode == 1


# Each protection of the app, taken out. The first part names the trap.
PROTECTIONS = {
    "what a dependency sets is lost": (
        "app/delivery.py",
        "temporal + sent",
        "sent",
    ),
    "what a dependency sets arrives twice": (
        "app/delivery.py",
        "wanted = header not in sent",
        "wanted = True",
    ),
    "a cookie set twice is sent twice": (
        "app/delivery.py",
        "{_identity(value): (name, value) for name, value in cookies}.values()",
        "cookies",
    ),
    "a cookie is stored by a shared cache": (
        "app/delivery.py",
        'headers.append((_CACHE_CONTROL, b"no-store"))',
        "pass",
    ),
    "a deletion lacks its attributes": (
        "app/declaration.py",
        '{self.name}=;{_render_attributes(self, max_age=0)}"',
        '{self.name}=; Max-Age=0; Path=/; SameSite=lax"',
    ),
    "an error gets the headers of another answer": (
        "app/delivery.py",
        "wanted = not is_error and",
        "wanted =",
    ),
    "a declaration is not checked": (
        "app/declaration.py",
        "        if broken:",
        "        if False:",
    ),
    "a prefix is compared with case": (
        "app/declaration.py",
        "prefix = name.lower()",
        "prefix = name",
    ),
    "a path injects attributes": ("app/declaration.py", 'r"[ -:<-~]*"', 'r"[ -~]*"'),
    "a line break hides at the end": ("app/declaration.py", "_TOKEN.fullmatch", "_TOKEN.match"),
    "a value is too large": ("app/declaration.py", "if size > MAX_SIZE:", "if False:"),
    "a value travels unencoded": (
        "app/declaration.py",
        "encoded = _percent_encode(text)",
        "encoded = text",
    ),
    "a model does not read back": ("app/declaration.py", "if not same:", "if False:"),
    "a subclass leaks its fields": (
        "app/declaration.py",
        "isinstance(value, BaseModel) and type(value) is not self.holds",
        "False",
    ),
    "Partitioned is left out": ("app/declaration.py", '" Partitioned" if', '"" if'),
    "a cookie that cannot be read is an error": (
        "app/declaration.py",
        "except Exception:  # A model's validators can raise anything.\n            return None",
        "except KeyError:\n            return None",
    ),
    "a 422 shows the cookies": (
        "app/errors.py",
        "app.add_exception_handler(RequestValidationError, _answer_422)",
        "pass",
    ),
    "a 422 shows a cookie that the body repeats": (
        "app/errors.py",
        "values = _cookie_values(request.scope)",
        "values: set[str] = set()",
    ),
    "an HTTPException shows a cookie": (
        "app/errors.py",
        "if _holds(str(error.detail), _cookie_values(request.scope)):",
        "if False:",
    ),
    "a close reason shows the cookies": (
        "app/errors.py",
        "app.add_exception_handler(WebSocketRequestValidationError, _refuse_handshake)",
        "pass",
    ),
    "a log shows the cookies": ("app/main.py", "app.add_middleware(CookieValueHiding)", "pass"),
    "a production app sends cookies in the clear": (
        "app/settings.py",
        'and self.fastapi_env == "production"',
        "and False",
    ),
    "Secure cookies do not work over HTTP": (
        "app/main.py",
        "app.add_middleware(CookiesOverHTTP)",
        "pass",
    ),
    "data is not filtered": (
        "app/filtered.py",
        'return adapter.dump_python(model, mode="json", by_alias=True)',
        "return data",
    ),
    "a route sets an undocumented cookie": (
        "app/routes/welcome.py",
        '    responses={200: {"headers": set_cookie_header(LOCALE)}},\n',
        "",
    ),
}
PROTECTIONS |= {
    "a token is stored as it is": (
        "app/sessions/session.py",
        "return sha256(token.encode()).hexdigest()",
        "return token",
    ),
    "a token has too few bits": (
        "app/sessions/session.py",
        "secrets.token_urlsafe(32)",
        'secrets.token_urlsafe(16) + "A" * 21',
    ),
    "signing in leaves the old session": (
        "app/sessions/session.py",
        "if replaces is not None:",
        "if replaces is None and replaces:",
    ),
    "a session never ends": (
        "app/sessions/session.py",
        "if now >= self._expiry(record):",
        "if False:",
    ),
    "a session has no absolute limit": (
        "app/sessions/session.py",
        "return min(record.created_at + self.absolute_limit, record.seen_at + self.idle_limit)",
        "return record.seen_at + self.idle_limit",
    ),
    "a removed user stays signed in": (
        "app/sessions/session.py",
        "if user is None or user.auth_hash != record.auth_hash:",
        "if False:",
    ),
    "everybody's sessions can be ended": (
        "app/sessions/session.py",
        "return record is not None and record.user == user and",
        "return record is not None and",
    ),
    "a session is stale and passes for fresh": (
        "app/sessions/session.py",
        "return self._sessions.now() - self.confirmed_at < self._sessions.fresh_for",
        "return True",
    ),
    "an update is lost": (
        "app/sessions/sql.py",
        "SET data = :data, version = version + 1\n    WHERE id = :id AND version = :version",
        "SET data = :data, version = version + 1\n    WHERE id = :id",
    ),
    "of two cookies one counts": (
        "app/sessions/dependencies.py",
        "if len(found) == 1 else None",
        "if found else None",
    ),
    "another site changes something": (
        "app/main.py",
        "    app.add_middleware(CrossOriginProtection, trusted_origins=settings.trusted_origins)\n",
        "",
    ),
    "another port changes something": (
        "app/origin.py",
        'in {"same-origin", "none"}',
        'in {"same-origin", "none", "same-site"}',
    ),
    "a WebSocket is opened from another site": (
        "app/origin.py",
        'scope["type"] == "lifespan"',
        'scope["type"] != "http"',
    ),
    "what a session shows is cached": (
        "app/delivery.py",
        "_personal(headers) if _PERSONAL in scope else headers",
        "headers",
    ),
    "an unknown user is noticed by the time": (
        "app/users.py",
        "hashed = self._hashes.get(name, _NOBODY)",
        'hashed = self._hashes.get(name, "")',
    ),
    "guesses are not limited": (
        "app/sign_in.py",
        "if not await self._limiter.hit(limit, *key):",
        "if False:",
    ),
    "a locked file shuts out who only reads": (
        "app/sessions/sqlite.py",
        "if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:",
        "if True:",
    ),
}
# Where the tests of a file stand that are not named as it is.
LIKELY = {
    "app/declaration.py": ["test_every_route.py"],
    "app/delivery.py": ["test_dependencies.py"],
    "app/main.py": ["test_origin.py", "test_errors.py", "test_plain_http.py"],
    "app/routes/welcome.py": ["test_every_route.py"],
    "app/sessions/dependencies.py": ["test_sessions.py"],
    "app/sessions/session.py": ["test_sessions.py"],
    "app/sessions/sql.py": ["test_stores.py"],
    "app/sessions/sqlite.py": ["test_faults.py"],
    "app/sign_in.py": ["test_users.py"],
}
PROTECTIONS_OF = {
    "temporal": {
        "a response model does not filter": (
            "app/routes/welcome.py",
            "    response_model=Greeting,\n",
            "    response_model=None,\n",
        ),
    },
    "direct": {
        "a route sends what it should filter": (
            "app/routes/welcome.py",
            "filtered(Greeting, data)",
            "data",
        ),
    },
}


@pytest.mark.parametrize(
    ("strategy", "trap"),
    [
        # What both strategies share in one of them, in turn.
        *((STRATEGIES[number % 2], trap) for number, trap in enumerate(PROTECTIONS)),
        *((strategy, trap) for strategy in STRATEGIES for trap in PROTECTIONS_OF[strategy]),
    ],
)
def test_negative_control_without_a_protection_the_rendered_tests_fail(
    render: Render, environment: Environment, strategy: str, trap: str
) -> None:
    path, old, new = (PROTECTIONS | PROTECTIONS_OF[strategy])[trap]
    project = render(cookie_strategy=strategy)
    change(project / path, old, new)
    # The tests that are for it; on SQLite, where they run on each engine.
    names = {f"test_{Path(path).stem}.py", *LIKELY.get(path, [])}
    tests = [each.as_posix() for each in project.glob("tests/**/*.py") if each.name in names]
    command = ["pytest", "-q", "-x", "-k", "not valkey and not postgresql", *sorted(tests)]
    outcome = run(command, project, environment(OLDEST))
    assert outcome.returncode == 1, outcome.stdout
    assert "1 failed" in outcome.stdout or "1 error" in outcome.stdout


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), "utf-8")
