"""What only the real app can show. `tests/test_app.py` calls these on it."""

import ast
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import fastapi
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from app.kit import DECLARED, Cookie, Place
from app.kit.delivery import keep_temporal_response
from tests.kit import policy
from tests.kit.browser import Browser, StoredCookie
from tests.kit.operations import assert_operations
from tests.kit.source import files, modules_in, modules_of
from tests.kit.unseen import UNSEEN

Requests = Mapping[tuple[str, str], Mapping[str, Any] | None]
Operation = tuple[tuple[str, str], dict[str, Any] | None]


def assert_protected(app: FastAPI) -> None:
    """Fail where `protect` was not called on `app`, or on a FastAPI app inside it."""
    refusal = Browser(app).post("/", headers={"Origin": "https://evil.example"})
    assert refusal.status_code == 403, (
        "call protect(app, settings) right after FastAPI(...)"
    )
    assert "access-control-allow-origin" not in refusal.headers, (
        "name the origins that you trust"
    )
    assert not (app.docs_url or app.redoc_url), (
        "give FastAPI docs_url=None, redoc_url=None"
    )
    assert not answers_any_origin(app), (
        "pages of any origin read what your visitors see: in CORSMiddleware, write "
        "allow_origins=[…] with the origins that you trust, or leave out "
        "allow_credentials"
    )
    unset = type(app.state.kit_settings).model_fields["fastapi_env"].default
    assert unset == "production", (
        'unset has to mean production: in app/settings.py, write default="production" '
        "for fastapi_env, or leave it out"
    )
    for each in apps_inside(app):
        dependencies = [depends.dependency for depends in each.router.dependencies]
        assert keep_temporal_response in dependencies, (
            f"call protect({each.title!r}, settings)"
        )
        why = (
            "your handler for RequestValidationError sends cookies back: "
            "leave out input and body"
        )
        assert not echoes_cookies(each), why
        policy.assert_pages_run(each)


def apps_inside(app: FastAPI) -> list[FastAPI]:
    """Return `app` and all apps inside it.

    They are mounted for a path or a host, in a router or a middleware.
    """
    found: list[Any] = [app]
    for each in found:  # which grows meanwhile
        holders = [each, *iter_route_contexts(getattr(each, "routes", None) or ())]
        apps = [getattr(holder, "app", None) for holder in holders]
        found += [inside for inside in apps if id(inside) not in map(id, found)]
    return [each for each in found if isinstance(each, FastAPI)]


def answers_any_origin(app: FastAPI) -> bool:
    """Return whether pages of any origin may read answers, with visitors' cookies."""
    anybody = {"Origin": "https://evil.example", "Cookie": "a=b"}
    headers = Browser(app, raise_server_exceptions=False).get("/", headers=anybody)
    return headers.headers.get("access-control-allow-credentials") == "true" and (
        headers.headers.get("access-control-allow-origin") in {"*", anybody["Origin"]}
    )


def echoes_cookies(app: FastAPI) -> bool:
    """Return whether the app's own handler repeats a cookie that fails validation."""
    alike = FastAPI()
    alike.exception_handlers, alike.state = app.exception_handlers, app.state

    @alike.get("/")
    async def fail(a: Annotated[int, fastapi.Cookie()]) -> None: ...

    browser = Browser(alike, raise_server_exceptions=False)
    return "s3cret" in browser.get("/", headers={"Cookie": "a=s3cret"}).text


def assert_cookies_are_declared(
    app: FastAPI,
    browser: Browser,
    requests: Requests = {},  # noqa: B006
) -> None:
    """Request every path operation; fail if one sets a cookie other than as declared.

    `requests` says how to request a path operation that needs more than its path: the
    arguments of `Browser.request`, by method and path. Without them it answers with an
    error, and only that answer is checked. None leaves it out. pytest lists below its
    results what was not checked.

    The code of the path operations must not set cookies other than by a declaration,
    either.
    """
    for each in apps_inside(app):
        assert_operations(each)
        assert_declares(modules_of(each))
    operations = dict(operations_of(app, requests))
    # Deletions come last, in reverse order: others may need what they delete.
    deleting = [each for each in operations.items() if each[0][0] == "DELETE"]
    others = [each for each in operations.items() if each not in deleting]
    for key, operation in [*others, *reversed(deleting)]:
        if (options := requests.get(key, {})) is None:
            continue
        try:
            response, text = ask(browser, *key, **options)
        except Exception as error:
            # It is not in the document, so it may need another server, as the start of
            # OAuth does.
            if operation is not None or key in requests:
                raise
            UNSEEN.append(f"{key}: None,  # it raised {error!r}"[:200])
            continue
        policy.assert_page_runs(response, text)
        assert key not in requests or response.status_code < 400, f"{key}: {text}"
        if response.status_code >= 400:
            UNSEEN.append(line_to_write(key, operation, response.status_code))
        # `FastAPI(responses={"default": …})` is for what a middleware sets.
        codes = (str(response.status_code), "default")
        shown = (
            [operation["responses"].get(code) for code in codes] if operation else None
        )
        assert_token_stays_in_its_cookie(browser, key, text)
        for cookie in browser.received(response):
            assert_declared(cookie)
            said = response.headers.get("cache-control", "")
            assert "public" not in said and "s-maxage" not in said, (
                f"{key}: caches may give {cookie.name!r} to other visitors: leave "
                f"Cache-Control out, or write private in place of {said!r}"
            )
            is_shown = shown is None or f"`{cookie.name}=" in str(shown)
            assert response.status_code >= 400 or is_shown, (
                f"{key}: show {cookie.name!r} in its `responses`, "
                "with set_cookie_header"
            )


def operations_of(
    app: FastAPI, requests: Requests, prefix: str = ""
) -> Iterator[Operation]:
    """Yield every path operation, and what the OpenAPI document says of it or None."""
    document: dict[str, Any] = app.openapi()["paths"]
    for path, methods in document.items():
        for method, operation in methods.items():
            yield (method.upper(), prefix + path), operation
    for route in iter_route_contexts(app.routes):
        path = prefix + (route.path or "")
        match route.original_route:
            case Mount(app=FastAPI() as inner):
                yield from operations_of(inner, requests, path)
            case Mount(app=StaticFiles()):
                pass
            case Host(host=host):
                UNSEEN.append(
                    f'an app for {host}: a test with Browser(app, "https://{host}")'
                )
            case Mount(app=inner):
                inside = [key for key in requests if key[1].startswith(f"{path}/")]
                yield from ((key, None) for key in inside)
                if not inside:
                    told = "{},  # " + f"{type(inner).__name__}, mounted"
                    UNSEEN.append(f'("GET", "{path}/"): {told}')
            case WebSocketRoute():
                UNSEEN.append(f'a test with browser.websocket_connect("{path}")')
            case Route() if not route.include_in_schema and not is_ours(route.endpoint):
                methods = sorted((route.methods or {"GET"}) - {"HEAD"})
                yield from (((method, path), None) for method in methods)


def is_ours(endpoint: object) -> bool:
    """Return whether this is FastAPI's, as /openapi.json, or the kit's, as /docs."""
    module = f"{getattr(endpoint, '__module__', '')}."
    return module.startswith(("app.kit.", "fastapi.", "fastapi_swagger.", "starlette."))


def line_to_write(key: tuple[str, str], operation: Any, status: int) -> str:
    """Return the line that requests what answered with an error, without its values."""
    options = ['"url": "…"'] if "{" in key[1] else []
    if "requestBody" in (operation or ()):
        kinds = operation["requestBody"].get("content", {})
        options.append('"json": {…}' if "application/json" in kinds else '"data": {…}')
    method, path = key
    told = "{" + ", ".join(options) + "}"
    return f'("{method}", "{path}"): {told},  # it answered {status}'


def ask(
    browser: Browser, method: str, path: str, **options: Any
) -> tuple[Response, str]:
    """Return the answer and the start of its body: a stream may have no end."""
    try:
        with browser.stream(method, **{"url": path, **options}) as response:
            return response, b"".join(islice(response.iter_bytes(), 3)).decode(
                errors="replace"
            )
    except Exception as error:
        error.add_note(
            f"That was {method} {path}: say in REQUESTS in tests/test_app.py how to"
        )
        error.add_note(f"request it, or leave it out: ({method!r}, {path!r}): None")
        raise


def assert_token_stays_in_its_cookie(
    browser: Browser, key: tuple[str, str], text: str
) -> None:
    """Fail where a body repeats what scripts must not read: a long HttpOnly value."""
    for cookie in browser.stored.values():
        is_secret = "httponly" in cookie.attributes and len(cookie.value) >= 40
        assert not is_secret or cookie.value not in text, (
            f"{key}: the body repeats the value of {cookie.name!r}, so scripts read it "
            "in spite of HttpOnly: leave it out of what you return, since "
            "COOKIE.set(response, value) sends it"
        )


def assert_declared(cookie: StoredCookie) -> None:
    """Fail where no declaration has this cookie, or one with other attributes."""
    found = cookie.attributes
    place = Place(found["path"], found.get("domain"), "partitioned" in found)
    if cookie.is_deletion and any(
        cookie.name == each.name and place in each.formerly
        for each in DECLARED.values()
    ):
        return
    assert (cookie.name, place) in DECLARED, (
        f"declare {cookie.name!r}, and set it from there. Where a library sets it, "
        f"declare it in app/cookies.py as that sends it: {as_declaration(cookie)}"
    )
    attributes = DECLARED[cookie.name, place].attributes.split(";")
    parts = [each.strip().partition("=") for each in attributes]
    expected = {name.lower(): value for name, _, value in parts}
    if cookie.is_deletion:
        # One with Expires alone deletes, too.
        expected, found = (
            {**each, "max-age": "", "expires": ""} for each in (expected, found)
        )
    expected, found = (
        {**each, "samesite": each.get("samesite", "").lower()}
        for each in (expected, found)
    )
    assert found == expected, (
        f"declare {cookie.name!r} as it is sent: {as_declaration(cookie)}"
    )


def as_declaration(cookie: StoredCookie) -> str:
    """Return the line that declares a cookie as it was sent."""
    found = cookie.attributes
    told: dict[str, Any] = {
        "max_age": int(found.get("max-age", 0)) or None,
        "path": found["path"],
        "domain": found.get("domain"),
        "secure": "secure" in found,
        "httponly": "httponly" in found,
        "samesite": found.get("samesite", "").lower() or "lax",
        "partitioned": "partitioned" in found,
    }
    usual = {each.name: each.default for each in fields(Cookie)}
    said = "".join(
        f", {name}={value!r}" for name, value in told.items() if value != usual[name]
    )
    return f'Cookie({cookie.name!r}, str, purpose="…"{said})'


def assert_no_cookie_is_set_past_its_declaration(package: Path) -> None:
    """Fail if code outside the kit calls Starlette's `set_cookie` or writes the header.

    That is the code of `package`, and what it imports of yours, wherever that lies.
    """
    assert_declares(modules_in(package))


def assert_declares(modules: Iterable[str]) -> None:
    """Fail if these modules, or their imports, set a cookie without a declaration."""
    found, without_source = files(modules)
    UNSEEN.extend(f"the module {each}, which has no source" for each in without_source)
    mistakes = [
        f"{os.path.relpath(path)}:{mistake}"
        for path in found
        for mistake in past_declarations(path.read_bytes())
    ]
    assert not mistakes, "\n".join(mistakes)


def past_declarations(source: bytes) -> Iterator[str]:
    """Yield the line of each cookie that is set or read past its declaration."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        for each in sets_a_cookie(node):
            if b"# no response" not in lines[each.lineno - 1]:
                yield (
                    f"{each.lineno}: declare the cookie with app.kit.Cookie; then "
                    "COOKIE.set(response, value). Where this app sends none, end the "
                    "line with `# no response`"
                )
        if (name := reads_a_cookie(node)) is not None:
            yield (
                f"{node.lineno}: declare a parameter that reads {name}: "  # type: ignore[attr-defined]
                "Annotated[… | None, Depends(COOKIE.read)]. In a middleware, write "
                "await COOKIE.read(request)"
            )


def sets_a_cookie(node: ast.AST) -> list[Any]:
    """Return the parts of `node` that call `set_cookie` or write the header."""
    match node:
        case ast.Call(ast.Attribute(attr="set_cookie"), [ast.Name() | ast.Call()], []):
            return []  # of http.cookiejar
        case ast.Call(ast.Attribute(attr="set_cookie" | "delete_cookie")):
            return [node]
        case ast.Call(ast.Attribute(attr="append" | "setdefault" | "add"), [name, _]):
            names: list[Any] = [name]
        case ast.Subscript(slice=name, ctx=ast.Store()) | ast.Tuple([name, _]):
            names = [name]
        case _:
            names = getattr(node, "keys", [])
    names = [each for each in names if isinstance(each, ast.Constant)]
    return [
        each for each in names if str(each.value).lower().strip("b'") == "set-cookie"
    ]


def reads_a_cookie(node: ast.AST) -> str | None:
    """Return which declared cookie `node` takes from `request.cookies`, undecoded."""
    match node:
        case ast.Subscript(ast.Attribute(ast.Name(id=request), "cookies"), key):
            pass
        case ast.Call(
            ast.Attribute(ast.Attribute(ast.Name(id=request), "cookies"), "get"),
            [key, *_],
        ):
            pass
        case _:
            return None
    if request not in {"request", "websocket", "connection", "req", "ws"}:
        return None
    match key:
        case ast.Constant(value=name) if name in {each for each, _ in DECLARED}:
            return repr(name)
        case ast.Attribute(ast.Name(id=cookie), "name") if cookie.isupper():
            return cookie
    return None
