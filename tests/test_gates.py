"""A rendered project passes its own tests, lint and types; broken on purpose, it does not."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.answers import CHOICES, STRATEGIES
from tests.conftest import Environment, Render, Warm
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
    # All projects that one process tests share what mypy learnt of the libraries.
    cache = f"mypy-{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    environment = os.environ | {"MYPY_CACHE_DIR": str(python.parent.parent / cache)}
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
    ("strategy", "version", "gates"),
    [
        ("temporal", min(interpreters()), GATES),
        ("direct", max(interpreters()), QUICK_GATES),
        pytest.param("direct", max(interpreters()), GATES, marks=pytest.mark.slow),
    ],
    ids=["temporal", "direct-quick", "direct"],
)
def test_the_oldest_and_the_newest_python_of_this_machine_pass_every_gate(
    render: Render,
    environment: Environment,
    strategy: str,
    version: tuple[int, int],
    gates: Iterable[str],
) -> None:
    project, python = render(cookie_strategy=strategy), environment(interpreters()[version])
    commit_all(project)
    run(["ruff", "format"], project, python)
    run(["ruff", "check", "--fix"], project, python)
    assert_passes(project, python, gates)
    assert git(project, "status", "--porcelain") == "", "the tools leave the tree clean"
    if gates is not GATES:
        return
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


# Each protection of the app, taken out: the trap, the file, what stands there, what does then, and
# the test that has to fail, wherever it stands.
PROTECTIONS = {
    "what a dependency sets is lost": (
        "app/delivery.py",
        "temporal + sent",
        "sent",
        "test_after_a_response_returned_directly",
    ),
    "what a dependency sets arrives twice": (
        "app/delivery.py",
        "wanted = header not in sent",
        "wanted = True",
        "test_after_an_object",
    ),
    "a cookie set twice is sent twice": (
        "app/delivery.py",
        "{_identity(value): (name, value) for name, value in cookies}.values()",
        "cookies",
        "test_an_optional_session_is_none_where_nobody_is_signed_in",
    ),
    "a cookie is stored by a shared cache": (
        "app/delivery.py",
        'headers.append((_CACHE_CONTROL, b"no-store"))',
        "pass",
        "test_a_response_that_sets_a_cookie_is_not_stored",
    ),
    "a deletion lacks its attributes": (
        "app/declaration.py",
        '{self.name}=;{_render_attributes(self, max_age=0)}"',
        '{self.name}=; Max-Age=0; Path=/; SameSite=lax"',
        "test_a_deletion_has_the_attributes_that_make_a_browser_drop_the_cookie",
    ),
    "an error gets the headers of another answer": (
        "app/delivery.py",
        "wanted = not is_error and",
        "wanted =",
        "test_an_error_gets_no_header_that_was_meant_for_another_answer",
    ),
    "a declaration is not checked": (
        "app/declaration.py",
        "        if broken:",
        "        if False:",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a prefix is compared with case": (
        "app/declaration.py",
        "prefix = name.lower()",
        "prefix = name",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a path injects attributes": (
        "app/declaration.py",
        'r"[ -:<-~]*"',
        'r"[ -~]*"',
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a line break hides at the end": (
        "app/declaration.py",
        "_TOKEN.fullmatch",
        "_TOKEN.match",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a value is too large": (
        "app/declaration.py",
        "if size > MAX_SIZE:",
        "if False:",
        "test_name_and_value_over_4096_bytes_are_refused_without_being_shown",
    ),
    "a value travels unencoded": (
        "app/declaration.py",
        "encoded = _percent_encode(text)",
        "encoded = text",
        "test_any_model_comes_back_and_reads_as_json_in_a_page",
    ),
    "a model does not read back": (
        "app/declaration.py",
        "if not same:",
        "if False:",
        "test_a_model_that_would_not_read_back_is_refused_without_being_shown",
    ),
    "a subclass leaks its fields": (
        "app/declaration.py",
        "isinstance(value, BaseModel) and type(value) is not self.holds",
        "False",
        "test_a_subclass_is_refused_because_its_own_fields_would_travel_too",
    ),
    "Partitioned is left out": (
        "app/declaration.py",
        '" Partitioned" if',
        '"" if',
        "test_partitioned_works_on_every_python",
    ),
    "a cookie that cannot be read is an error": (
        "app/declaration.py",
        "except Exception:  # A model's validators can raise anything.\n            return None",
        "except KeyError:\n            return None",
        "test_text_that_is_not_utf_8_counts_as_absent",
    ),
    "a 422 shows the cookies": (
        "app/errors.py",
        "app.add_exception_handler(RequestValidationError, _answer_422)",
        "pass",
        "test_a_422_shows_no_cookie",
    ),
    "a 422 shows a cookie that the body repeats": (
        "app/errors.py",
        "values = _cookie_values(request.scope)",
        "values: set[str] = set()",
        "test_a_422_shows_no_cookie",
    ),
    "an HTTPException shows a cookie": (
        "app/errors.py",
        "if _holds(str(error.detail), _cookie_values(request.scope)):",
        "if False:",
        "test_an_http_exception_shows_no_cookie",
    ),
    "a close reason shows the cookies": (
        "app/errors.py",
        "app.add_exception_handler(WebSocketRequestValidationError, _refuse_handshake)",
        "pass",
        "test_a_refused_handshake_shows_no_cookie",
    ),
    "a log shows the cookies": (
        "app/main.py",
        "app.add_middleware(CookieValueHiding)",
        "pass",
        "test_an_unhandled_error_shows_no_cookie",
    ),
    "a production app sends cookies in the clear": (
        "app/settings.py",
        'and self.fastapi_env == "production"',
        "and False",
        "test_a_wrong_setting_stops_the_app_with_a_sentence",
    ),
    "Secure cookies do not work over HTTP": (
        "app/main.py",
        "app.add_middleware(CookiesOverHTTP)",
        "pass",
        "test_over_plain_http_on_a_lan_address_the_origin_decides",
    ),
    "data is not filtered": (
        "app/filtered.py",
        'return adapter.dump_python(model, mode="json", by_alias=True)',
        "return data",
        "test_a_secret_field_is_filtered",
    ),
    "a route sets an undocumented cookie": (
        "app/routes/welcome.py",
        '    responses={200: {"headers": set_cookie_header(LOCALE)}},\n',
        "",
        "test_every_cookie_is_declared_and_documented",
    ),
    "a token is stored as it is": (
        "app/sessions/session.py",
        "return sha256(token.encode()).hexdigest()",
        "return token",
        "test_v7_2_3_a_token_has_256_random_bits_and_only_its_hash_is_stored",
    ),
    "a token has too few bits": (
        "app/sessions/session.py",
        "secrets.token_urlsafe(32)",
        'secrets.token_urlsafe(16) + "A" * 21',
        "test_v7_2_3_a_token_has_256_random_bits_and_only_its_hash_is_stored",
    ),
    "signing in leaves the old session": (
        "app/sessions/session.py",
        "if replaces is not None:",
        "if replaces is None and replaces:",
        "test_v7_2_4_signing_in_issues_a_new_token_and_ends_the_old",
    ),
    "a session never ends": (
        "app/sessions/session.py",
        "if now >= self._expiry(record):",
        "if False:",
        "test_v7_3_1_a_session_ends_when_it_was_idle",
    ),
    "a session has no absolute limit": (
        "app/sessions/session.py",
        "return min(record.created_at + self.absolute_limit, record.seen_at + self.idle_limit)",
        "return record.seen_at + self.idle_limit",
        "test_v7_3_2_a_session_ends_however_active_it_is",
    ),
    "a removed user stays signed in": (
        "app/sessions/session.py",
        "if user is None or user.auth_hash != record.auth_hash:",
        "if False:",
        "test_v7_4_2_v7_4_3_the_sessions_of_a_user_end_who_is",
    ),
    "everybody's sessions can be ended": (
        "app/sessions/session.py",
        "return record is not None and record.user == user and",
        "return record is not None and",
        "test_v7_5_2_users_end_one_of_their_sessions",
    ),
    "a session is stale and passes for fresh": (
        "app/sessions/session.py",
        "return self._sessions.now() - self.confirmed_at < self._sessions.fresh_for",
        "return True",
        "test_v7_5_3_ending_sessions_needs_a_password_that_was_given_recently",
    ),
    "an update is lost": (
        "app/sessions/sql.py",
        "SET data = :data, version = version + 1\n    WHERE id = :id AND version = :version",
        "SET data = :data, version = version + 1\n    WHERE id = :id",
        "test_only_one_of_two_concurrent_changes_is_stored",
    ),
    "of two cookies one counts": (
        "app/sessions/dependencies.py",
        "if len(found) == 1 else None",
        "if found else None",
        "test_v7_2_1_of_two_cookies_of_the_name_none_counts",
    ),
    "another site changes something": (
        "app/main.py",
        "    app.add_middleware(CrossOriginProtection, trusted_origins=settings.trusted_origins)\n",
        "",
        "test_v3_5_1_an_unsafe_request_from_another_origin_is_refused",
    ),
    "another port changes something": (
        "app/origin.py",
        'in {"same-origin", "none"}',
        'in {"same-origin", "none", "same-site"}',
        "test_v3_5_1_an_unsafe_request_from_another_origin_is_refused",
    ),
    "a WebSocket is opened from another site": (
        "app/origin.py",
        'scope["type"] == "lifespan"',
        'scope["type"] != "http"',
        "test_v3_5_1_a_websocket_handshake_from_another_origin_is_refused",
    ),
    "what a session shows is cached": (
        "app/delivery.py",
        "_personal(headers) if _PERSONAL in scope else headers",
        "headers",
        "test_v14_3_2_v3_5_8_what_depends_on_the_session_is_not_stored_or_embedded",
    ),
    "an unknown user is noticed by the time": (
        "app/users.py",
        "hashed = self._hashes.get(name, _NOBODY)",
        'hashed = self._hashes.get(name, "")',
        "test_an_unknown_user_and_a_wrong_password_take_the_same_time",
    ),
    "guesses are not limited": (
        "app/sign_in.py",
        "if not await self._limiter.hit(limit, *key):",
        "if False:",
        "test_attempts_as_one_user_are_limited",
    ),
    "a locked file shuts out who only reads": (
        "app/sessions/sqlite.py",
        "if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:",
        "if True:",
        "test_a_slow_store_is_a_503_soon",
    ),
}
PROTECTIONS_OF = {
    "temporal": {
        "a response model does not filter": (
            "app/routes/welcome.py",
            "    response_model=Greeting,\n",
            "    response_model=None,\n",
            "test_a_dependency_sets_a_cookie_and_a_header",
        ),
    },
    "direct": {
        "a route sends what it should filter": (
            "app/routes/welcome.py",
            "filtered(Greeting, data)",
            "data",
            "test_a_dependency_sets_a_cookie_and_a_header",
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
def test_negative_control_without_a_protection_its_rendered_test_fails(
    render: Render, warm: Warm, strategy: str, trap: str
) -> None:
    path, old, new, name = (PROTECTIONS | PROTECTIONS_OF[strategy])[trap]
    project = render(cookie_strategy=strategy)
    change(project / path, old, new)
    # Where a test runs on each engine, the one that needs no server is enough.
    engines = "[SQLite(folder), Valkey(folder), PostgreSQL(folder)]"
    change(project / "tests" / "conftest.py", engines, "[SQLite(folder)]")
    [file] = [each for each in project.glob("tests/**/*.py") if f"def {name}(" in each.read_text()]
    node = f"{file.relative_to(project)}::{name}"
    code, printed = warm(project, "-q", "-x", "-k", "not valkey and not postgresql", node)
    assert code == 1, printed
    assert "1 failed" in printed or "1 error" in printed


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), "utf-8")
