"""Mistakes that owners make in their own files fail in their own tests, with the line to write.

Each was met in questions and reports on FastAPI, or is one step from its documentation. A file in
`mistakes/inside` is a module of routes that somebody wrote; the others are short edits. More of the
kind, which tests found before these, are in `CONTROLS` of `tests/test_law_of_the_owner.py`.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render, Warm
from tests.owners import ROUTES, edit_routers
from tests.tools import change

pytestmark = pytest.mark.usefixtures("quick_copier")

INSIDE = Path(__file__).with_name("mistakes") / "inside"
OWNERS = ("-q", "-p", "no:cacheprovider", "tests/test_app.py")

# What is seen where the code is read: pytest names all of them at once.
READ = {
    "read_with_fastapis_cookie": (
        "GET /theme reads 'preferences' past its declaration: write "
        "Annotated[Preferences | None, Depends(COOKIE.read)]",
    ),
    "read_with_a_security_scheme": (
        "GET /language reads 'locale' past its declaration: write "
        "Annotated[str | None, Depends(COOKIE.read)]",
    ),
    "read_from_the_request": (
        "app/routes/read_from_the_request.py:10: declare a parameter that reads 'preferences': "
        "Annotated[… | None, Depends(COOKIE.read)]",
        "app/routes/read_from_the_request.py:10: declare a parameter that reads LOCALE: ",
    ),
    "forget_depends": (
        "GET /looks takes 'stored' from the query or the body: write Depends(COOKIE.read) in its "
        "Annotated[…]",
    ),
    "take_settings_from_clients": (
        "POST /limits takes all settings from the client: write settings: SettingsDep",
    ),
    "set_a_cookie_after_accept": (
        "app/routes/set_a_cookie_after_accept.py:11: 'locale' is lost, since `accept` has sent the "
        "answer: write LOCALE.set(…) before `await websocket.accept()`",
    ),
    "set_a_cookie_raw": tuple(
        f"app/routes/set_a_cookie_raw.py:{line}: declare the cookie with app.kit.Cookie; then "
        "COOKIE.set(response, value)."
        for line in (8, 13, 18)
    ),
}
READ_OF_SESSIONS = {
    "take_a_password_from_the_url": (
        "POST /login takes 'password' from the URL, which stands in logs and histories: take a "
        "Pydantic model, which comes in the body",
    ),
    "sign_out_by_get": (
        "app/routes/sign_out_by_get.py:11: GET /logout calls visitor.sign_out, and pages of other "
        "sites may send a GET: write @router.post or @router.delete.",
    ),
    "change_a_session_by_get": (
        "app/routes/change_a_session_by_get.py:11: GET /anew calls session.update, and ",
        "app/routes/change_a_session_by_get.py:16: GET /anew calls sessions.end_all, and ",
    ),
    "change_session_data_in_place": tuple(
        f"app/routes/change_session_data_in_place.py:{line}: this change of session.data.{name} is "
        "not stored: write await session.update(lambda data: data.model_copy(update={…}))"
        for line, name in ((10, "items"), (11, "counts"))
    ),
    "throw_the_token_away": (
        "app/routes/throw_the_token_away.py:12: nobody gets the token: write token, session = "
        "await visitor.sign_in_as(…), then SESSION.set(response, token)",
    ),
    "depend_on_an_annotation": (
        "GET /members depends on what is no function, and refuses everybody: declare it as a "
        "parameter, or write Depends(….required)",
    ),
}

TOO_LATE = "Cookie 'locale' is lost: the response was already sent. Set it earlier."
# What is seen in the answer: pytest names the first of them.
ANSWERED = {
    "set_a_cookie_in_the_background": TOO_LATE,
    "set_a_cookie_after_yield": TOO_LATE,
    "set_a_cookie_while_streaming": TOO_LATE,
    "return_another_response": (
        "Cookies lost: 'locale', of '/language'. The response on which it was set was not "
        "returned: return that one, or write COOKIE.set(response, value) with the one that you "
        "return."
    ),
    "declare_a_cookie_in_a_request": (
        "Cookie 'hint': declare it at the top of a module, once, and not in each request."
    ),
    "let_caches_store_a_cookie": (
        "('GET', '/front'): caches may give 'locale' to other visitors: leave Cache-Control out, "
        "or write private in place of 'public, max-age=3600'"
    ),
    "set_another_type": "Cookie 'preferences' holds Preferences, not dict.",
    "forget_to_document_a_cookie": (
        "('GET', '/english'): show 'locale' in its `responses`, with set_cookie_header"
    ),
    "put_a_script_into_the_page": (
        "The Content-Security-Policy of /counter blocks what the page holds:"
    ),
    "return_the_token": (
        "('POST', '/token'): the body repeats the value of '__Host-Http-my-app-session', so "
        "scripts read it in spite of HttpOnly: leave it out of what you return, since "
        "COOKIE.set(response, value) sends it"
    ),
}
OF_SESSIONS = {"return_the_token"}

MIDDLEWARE = """
    @app.middleware("http")
    async def rewrite(request: Request, call_next: Any) -> Response:
        await call_next(request)
        return Response("rewritten")

    return app
"""
CORS = """
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"]
    )
    return app
"""
# What is seen when the app is built, or asked once. A file, what stood there, and what now stands.
BUILT = {
    "the routes come before protect": (
        "app/main.py",
        "    protect(app, settings)\n",
        '    app.add_api_route("/early", lambda: "early")\n    protect(app, settings)\n',
        "/early was added before protect(app, settings), so it would be served without "
        "protection: call protect right after FastAPI(...).",
    ),
    "the documentation comes from a CDN": (
        "app/main.py",
        "        docs_url=None,  # that of `add_docs` loads no script from elsewhere\n",
        "",
        "give FastAPI docs_url=None, redoc_url=None",
    ),
    "CORS lets anybody in": (
        "app/main.py",
        "    return app\n",
        f"    from fastapi.middleware.cors import CORSMiddleware\n{CORS}",
        "in CORSMiddleware, write allow_origins=[…] with the origins that you trust, or leave out "
        "allow_credentials",
    ),
    "a middleware sends another response": (
        "app/main.py",
        "    return app\n",
        f"    from typing import Any\n\n    from fastapi import Request, Response\n{MIDDLEWARE}",
        'new.raw_headers += [each for each in old.raw_headers if each[0] == b"set-cookie"].',
    ),
    "unset means development": (
        "app/settings.py",
        "    # Yours:\n",
        '    fastapi_env: Annotated[str, "unset"] = "development"\n',
        'in app/settings.py, write default="production" for fastapi_env, or leave it out',
    ),
    "cookies over HTTP": (
        "app/settings.py",
        "    # Yours:\n",
        "    cookies_over_http: bool = True\n",
        "COOKIES_OVER_HTTP=true is for `fastapi dev` only; unset it elsewhere.",
    ),
    "a host's cookie for a domain": (
        "app/cookies.py",
        '    "locale",\n    str,\n',
        '    "__Host-locale",\n    str,\n    domain="example.com",\n',
        "Cookie '__Host-locale': the prefix __Host- requires path='/' and no domain.",
    ),
    "another site's frames without Secure": (
        "app/cookies.py",
        '    "locale",\n    str,\n',
        '    "locale",\n    str,\n    samesite="none",\n    secure=False,\n',
        "Cookie 'locale': samesite='none' and partitioned=True require secure=True.",
    ),
    "a cookie for ten years": (
        "app/cookies.py",
        '    "locale",\n    str,\n    purpose="Remembers the language in which you were '
        'welcomed.",\n    max_age=365 * DAY,\n',
        '    "locale",\n    str,\n    purpose="Remembers.",\n    max_age=3650 * DAY,\n',
        "Cookie 'locale': max_age takes 1 to 34560000 seconds (400 days); to end a cookie, delete "
        "it.",
    ),
    "a cookie twice": (
        "app/cookies.py",
        "class Preferences(BaseModel):\n",
        'LANGUAGE = Cookie("locale", str, purpose="Twice.")\n\n\nclass Preferences(BaseModel):\n',
        "Cookie 'locale': it is declared twice for '/'; use the first declaration.",
    ),
    "a cookie that holds a dict": (
        "app/cookies.py",
        '    "locale",\n    str,\n',
        '    "locale",\n    dict,\n',
        "Cookie 'locale' holds str or a Pydantic model, not <class 'dict'>.",
    ),
}
BUILT_WITH_SESSIONS = {
    "nobody adds sessions": (
        "app/main.py",
        "    add_sessions(app, open_sessions(settings))\n",
        "",
        "Call add_sessions(app, open_sessions(settings)) in create_app.",
    ),
    "scripts read the session's cookie": (
        "app/sign_in.py",
        '    f"__Host-Http-{PROJECT.name}-session",\n    str,\n',
        '    "sid",\n    str,\n    httponly=False,\n',
        "Cookie 'sid' carries the session: leave out secure=False and httponly=False.",
    ),
    "a session that lacks what it must have": (
        "app/sign_in.py",
        "    model_config = ConfigDict(frozen=True)\n",
        "    model_config = ConfigDict(frozen=True)\n\n    basket: list[str]\n",
        "SessionData.basket needs a default, for sessions that were stored before it was there: "
        "basket: … = …",
    ),
    "a response model that is the session": (
        "app/routes/session.py",
        "async def read_session(session: CurrentSession) -> SignedIn:\n",
        "async def read_session(session: CurrentSession) -> CurrentSession:\n",
        "Invalid args for response field!",
    ),
}


def write_routes(project: Path, *names: str) -> None:
    for name in names:
        shutil.copy(INSIDE / f"{name}.py", project / ROUTES)
    edit_routers(project, add=names)


@pytest.fixture
def project(render: Render, strategy: str, size: str) -> Path:
    return render(cookie_strategy=strategy, sign_in=size)


def cases(
    table: Mapping[str, object], more: Mapping[str, object], pushed: tuple[str, ...]
) -> list[Any]:
    """Each in the strategy and the size where it matters; those of `pushed` on each push."""
    return [
        pytest.param(
            name,
            "direct" if number % 2 else "temporal",
            "sessions" if name in more or number % 4 < 2 else "none",
            marks=() if name in pushed else pytest.mark.slow,
        )
        for number, name in enumerate([*table, *more])
    ]


def assert_fails(warm: Warm, project: Path, *says: str) -> None:
    code, printed = warm(project, *OWNERS)
    assert code in {1, 4}, printed  # 4: not even the tests can be imported
    for sentence in says:
        assert sentence in printed


@pytest.mark.parametrize(
    ("strategy", "size"),
    [
        ("temporal", "sessions"),
        pytest.param("direct", "sessions", marks=pytest.mark.slow),
        pytest.param("temporal", "none", marks=pytest.mark.slow),
        pytest.param("direct", "none", marks=pytest.mark.slow),
    ],
)
def test_what_is_read_fails_all_at_once(project: Path, size: str, warm: Warm) -> None:
    mistakes = READ | (READ_OF_SESSIONS if size == "sessions" else {})
    write_routes(project, *mistakes)
    assert_fails(warm, project, *(each for says in mistakes.values() for each in says))


@pytest.mark.parametrize(
    ("name", "strategy", "size"),
    cases(
        {name: says for name, says in ANSWERED.items() if name not in OF_SESSIONS},
        {name: says for name, says in ANSWERED.items() if name in OF_SESSIONS},
        ("return_another_response",),
    ),
)
def test_what_is_answered_fails(project: Path, name: str, warm: Warm) -> None:
    write_routes(project, name)
    assert_fails(warm, project, ANSWERED[name])


@pytest.mark.parametrize(
    ("name", "strategy", "size"), cases(BUILT, BUILT_WITH_SESSIONS, ("CORS lets anybody in",))
)
def test_what_is_built_fails(project: Path, name: str, warm: Warm) -> None:
    path, old, new, says = (BUILT | BUILT_WITH_SESSIONS)[name]
    change(project / path, old, new)
    assert_fails(warm, project, says)


@pytest.mark.parametrize(("strategy", "size"), [("temporal", "sessions")])
def test_what_is_like_a_mistake_and_right_passes(project: Path, warm: Warm) -> None:
    write_routes(project, "what_is_right")
    code, printed = warm(project, *OWNERS)
    assert code == 0, printed
