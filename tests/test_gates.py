"""A rendered project passes its own tests, lint and types; broken on purpose, it does not."""

import pytest

from tests.answers import CHOICES, STRATEGIES
from tests.conftest import Environment, Render, Warm
from tests.gates import OLDEST, STATIC_GATES, assert_passes, gate, run_in
from tests.rendered import put_inside
from tests.tools import change, commit_all, git, interpreters


# A test of test_render.py shows that no other answer reaches what the gates run, and the version
# of Python only reaches ruff and mypy.
@pytest.mark.parametrize(
    "python_version",
    [
        pytest.param(each, marks=() if each in CHOICES["python_version"][::3] else pytest.mark.slow)
        for each in CHOICES["python_version"]
    ],
)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_passes_lint_and_types_for_each_oldest_python(
    render: Render, environment: Environment, strategy: str, python_version: str
) -> None:
    project = render(cookie_strategy=strategy, python_version=python_version)
    python = environment(OLDEST)
    assert_passes(project, python, STATIC_GATES)
    # What is ours, too, which a project's own ruff leaves out; and no line is too long.
    files = [str(path) for path in sorted(project.rglob("*.py"))]
    for command in (["ruff", "check", "--extend-select=E501"], ["ruff", "format", "--check"]):
        outcome = run_in([*command, *files], project, python)
        assert outcome.returncode == 0, outcome.stdout


# One Python where the machine has one: CI runs these tests on the oldest and on the newest.
@pytest.mark.parametrize(
    ("strategy", "size", "version"),
    [
        ("temporal", "none", min(interpreters())),
        ("direct", "sessions", max(interpreters())),
        pytest.param("temporal", "sessions", min(interpreters()), marks=pytest.mark.slow),
        pytest.param("direct", "none", max(interpreters()), marks=pytest.mark.slow),
    ],
)
def test_the_oldest_and_the_newest_python_of_this_machine_pass_every_gate(
    render: Render, environment: Environment, strategy: str, size: str, version: tuple[int, int]
) -> None:
    project = render(cookie_strategy=strategy, sign_in=size)
    python = environment(interpreters()[version])
    commit_all(project)
    run_in(["ruff", "format"], project, python)
    run_in(["ruff", "check", "--fix"], project, python)
    assert_passes(project, python)
    assert git(project, "status", "--porcelain") == "", "the tools leave the tree clean"
    # Negative control: what is not formatted does not stay as it is.
    with (project / "app" / "main.py").open("a") as main:
        main.write("if not  Path:\n    Path\n")
    commit_all(project, "Break the format")
    run_in(["ruff", "format"], project, python)
    assert git(project, "status", "--porcelain") == " M app/main.py\n"


@pytest.mark.parametrize(
    ("name", "path", "old", "new"),
    [
        ("lint", "app/main.py", "from pathlib import Path", "import os\nfrom pathlib import Path"),
        ("format", "app/main.py", "from pathlib import Path", "from pathlib  import Path"),
        ("types", "app/main.py", "create_app(load_settings())", "create_app(1)"),
        ("tests", "app/cookies.py", '"fakesession"', '"session"'),
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
        "app/kit/delivery.py",
        "*filter(_sets_cookie, temporal), *sent",
        "*sent",
        "test_after_a_response_returned_directly",
    ),
    "what comes too late is lost without a word": (
        "app/kit/cookie.py",
        "if STARTED.get():",
        "if False:",
        "test_what_comes_too_late_says_so",
    ),
    "a header that a dependency sets arrives twice": (
        "app/kit/delivery.py",
        "            return header not in sent",
        "            return True",
        "test_after_an_object",
    ),
    "a cookie set twice is sent twice": (
        "app/kit/protect.py",
        "with_headers(app, last_of_each_cookie, tell_caches)",
        "with_headers(app, tell_caches)",
        "test_of_a_cookie_set_twice_only_the_last_is_sent",
    ),
    "an error gets the headers of another answer": (
        "app/kit/delivery.py",
        "not (status >= 400 or ",
        "not (",
        "test_an_error_gets_no_header_that_was_meant_for_another_answer",
    ),
    "a middleware of one's own goes around": (
        "app/kit/protect.py",
        "    app.build_middleware_stack = build_middleware_stack",
        "    build_middleware_stack = build_middleware_stack",
        "test_a_cookie_of_a_middleware_added_later_arrives_once_and_is_not_stored_by_caches",
    ),
    "a cookie is stored by a shared cache": (
        "app/kit/caching.py",
        'in (None, "no-cache")',
        "in ()",
        "test_a_response_that_sets_a_cookie_is_not_stored",
    ),
    "what a cookie changes is cached for all": (
        "app/kit/caching.py",
        "if state.reads_cookies or state.is_personal:",
        "if state.is_personal:",
        "test_an_answer_that_depends_on_a_cookie_says_so",
    ),
    "a route from before is unprotected": (
        "app/kit/protect.py",
        "    if early:",
        "    if False:",
        "test_a_route_from_before_it_would_be_unprotected_and_stops_the_start",
    ),
    "a body of any size is read": (
        "app/kit/protect.py",
        "app.router.max_body_size = settings.max_body_size",
        "pass",
        "test_a_body_over_the_limit_is_refused_unless_its_route_sets_a_higher_one",
    ),
    "a deletion lacks its attributes": (
        "app/kit/cookie.py",
        '{self.name}=;{self._attributes(place, 0)}"',
        '{self.name}=; Max-Age=0; Path=/; SameSite=lax"',
        "test_a_deletion_has_the_attributes_that_make_a_browser_drop_the_cookie",
    ),
    "a cookie that moved stays where it was": (
        "app/kit/cookie.py",
        "*self._ended(self.formerly), header",
        "header",
        "test_a_cookie_that_moved_ends_where_it_was",
    ),
    "a declaration is not checked": (
        "app/kit/cookie.py",
        "for complaint in _complaints(self):",
        "for complaint in ():",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a prefix is compared with case": (
        "app/kit/cookie.py",
        "prefix = name.lower()",
        "prefix = name",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a path injects attributes": (
        "app/kit/cookie.py",
        'r"[ -:<-~]*"',
        'r"[ -~]*"',
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a line break hides at the end": (
        "app/kit/cookie.py",
        "_TOKEN.fullmatch",
        "_TOKEN.match",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a value is too large": (
        "app/kit/cookie.py",
        "if size > MAX_SIZE:",
        "if False:",
        "test_name_and_value_over_4096_bytes_are_refused_without_being_shown",
    ),
    "a value travels unencoded": (
        "app/kit/cookie.py",
        "encoded = quote(text, safe=_COOKIE_OCTETS)",
        "encoded = text",
        "test_any_model_comes_back_and_reads_as_json_in_a_page",
    ),
    "a model does not read back": (
        "app/kit/cookie.py",
        "if not same:",
        "if False:",
        "test_a_model_that_would_not_read_back_is_refused_without_being_shown",
    ),
    "a subclass leaks its fields": (
        "app/kit/cookie.py",
        "type(value) is not self.holds and not",
        "False and not",
        "test_a_subclass_is_refused_because_its_own_fields_would_travel_too",
    ),
    "Partitioned is left out": (
        "app/kit/cookie.py",
        '" Partitioned" if',
        '"" if',
        "test_partitioned_works_on_every_python",
    ),
    "a cookie that cannot be read is an error": (
        "app/kit/cookie.py",
        "except Exception:  # A model's validators can raise anything.\n            return None",
        "except KeyError:\n            return None",
        "test_text_that_is_not_utf_8_counts_as_absent",
    ),
    "a cookie of another name passes for a prefixed one": (
        "app/kit/cookie.py",
        'pair.strip(b" \\t")',
        'pair.strip(b" \\t\\xa0\\x85")',
        "test_a_cookie_is_read_by_its_exact_name_and_only_if_there_is_no_other_one",
    ),
    "of two cookies one counts": (
        "app/kit/cookie.py",
        "if len(values) == 1 else None",
        "if values else None",
        "test_a_cookie_is_read_by_its_exact_name_and_only_if_there_is_no_other_one",
    ),
    "a 422 shows the cookies": (
        "app/kit/protect.py",
        "app.add_exception_handler(RequestValidationError, answer_422)",
        "pass",
        "test_a_422_shows_no_cookie",
    ),
    "a 422 shows what a validator quotes": (
        "app/kit/errors.py",
        'if location[:1] in (["cookie"], ["header"]):',
        'if location[:1] == ["cookie"]:',
        "test_a_422_shows_no_cookie",
    ),
    "a 422 grows with the request": (
        "app/kit/errors.py",
        "error.errors()[:MAX_ERRORS]]}",
        "error.errors()]}",
        "test_a_422_does_not_grow_with_what_the_client_sent",
    ),
    "a close reason shows the cookies": (
        "app/kit/protect.py",
        "app.add_exception_handler(WebSocketRequestValidationError, refuse_handshake)",
        "pass",
        "test_a_refused_handshake_shows_no_cookie",
    ),
    "a log shows the cookies": (
        "app/kit/protect.py",
        "return without_input_in_log(app)",
        "return app",
        "test_the_log_of_a_failed_validation_shows_no_input",
    ),
    "a production app sends cookies in the clear": (
        "app/kit/settings.py",
        'and self.fastapi_env == "production"',
        "and False",
        "test_a_wrong_setting_stops_the_app_with_a_sentence",
    ),
    "Secure cookies do not work over HTTP": (
        "app/kit/protect.py",
        "app = with_cookies_over_http(app)",
        "pass",
        "test_with_the_setting_cookies_make_the_round_trip",
    ),
    "data is not filtered": (
        "app/kit/filtered.py",
        'return adapter.dump_python(model, mode="json", by_alias=True)',
        "return data",
        "test_a_secret_field_is_filtered",
    ),
    "another site changes something": (
        "app/kit/protect.py",
        "    app = CrossOriginProtection(app, settings.trusted_origins)\n",
        "",
        "test_v3_5_1_an_unsafe_request_from_another_origin_is_refused",
    ),
    "another port changes something": (
        "app/kit/origin.py",
        'in {"same-origin", "none"}',
        'in {"same-origin", "none", "same-site"}',
        "test_v3_5_1_an_unsafe_request_from_another_origin_is_refused",
    ),
    "a host that the client made up is believed": (
        "app/kit/origin.py",
        'headers.get("host", "")',
        'headers.get("x-forwarded-host", headers.get("host", ""))',
        "test_a_forwarded_host_that_the_client_made_up_is_not_believed",
    ),
    "a WebSocket is opened from another site": (
        "app/kit/origin.py",
        'if scope.get("method") in SAFE_METHODS',
        'if scope["type"] == "websocket" or scope.get("method") in SAFE_METHODS',
        "test_v3_5_1_a_websocket_handshake_from_another_origin_is_refused",
    ),
    "any origin may read": (
        "app/kit/protect.py",
        "            allow_origins=settings.trusted_origins,",
        '            allow_origin_regex=r"https://.*",',
        "test_v3_5_1_no_other_origin_gains_anything_from_that",
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
        *(
            pytest.param(STRATEGIES[number % 2], trap, marks=pytest.mark.slow if number % 3 else ())
            for number, trap in enumerate(PROTECTIONS)
        ),
        *((strategy, trap) for strategy in STRATEGIES for trap in PROTECTIONS_OF[strategy]),
    ],
)
def test_negative_control_without_a_protection_its_rendered_test_fails(
    render: Render, warm: Warm, strategy: str, trap: str
) -> None:
    path, old, new, name = (PROTECTIONS | PROTECTIONS_OF[strategy])[trap]
    project = render(cookie_strategy=strategy)
    change(project / path, old, new)
    put_inside(project)
    # Its own test, rather than the same in every case from here.
    found = [each for each in project.glob("tests/**/*.py") if f"def {name}(" in each.read_text()]
    file = max(found, key=lambda each: each.name == "test_traps.py")
    node = f"{file.relative_to(project)}::{name}"
    code, printed = warm(project, "-q", "-x", node)
    assert code == 1, printed
    assert "1 failed" in printed or "1 error" in printed
