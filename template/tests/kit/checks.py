"""What only the real app can show. `tests/test_app.py` calls these on it."""

import ast
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from fastapi import Cookie, FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response

from app.kit import DECLARED, Place
from app.kit.delivery import keep_temporal_response
from tests.kit import policy
from tests.kit.browser import Browser, StoredCookie

Requests = Mapping[tuple[str, str], Mapping[str, Any] | None]


def assert_protected(app: FastAPI) -> None:
    """Fail where `protect` was not called on `app`, or on a FastAPI app inside it."""
    refusal = Browser(app).post("/", headers={"Origin": "https://evil.example"})
    assert refusal.status_code == 403, "call protect(app, settings) right after FastAPI(...)"
    assert "access-control-allow-origin" not in refusal.headers, "name the origins that you trust"
    assert not (app.docs_url or app.redoc_url), "give FastAPI docs_url=None, redoc_url=None"
    for each in apps_inside(app):
        dependencies = [depends.dependency for depends in each.router.dependencies]
        assert keep_temporal_response in dependencies, f"call protect({each.title!r}, settings)"
        why = "your handler for RequestValidationError sends cookies back: leave out input and body"
        assert not echoes_cookies(each), why
        policy.assert_pages_run(each)


def apps_inside(app: FastAPI) -> list[FastAPI]:
    """Return `app` and all that it mounts, for a path or a host, in a router or a middleware."""
    found: list[Any] = [app]
    for each in found:  # which grows meanwhile
        holders = [each, *iter_route_contexts(getattr(each, "routes", None) or ())]
        apps = [getattr(holder, "app", None) for holder in holders]
        found += [inside for inside in apps if id(inside) not in map(id, found)]
    return [each for each in found if isinstance(each, FastAPI)]


def echoes_cookies(app: FastAPI) -> bool:
    """Return whether the app's own handler repeats a cookie that fails validation."""
    alike = FastAPI()
    alike.exception_handlers, alike.state = app.exception_handlers, app.state

    @alike.get("/")
    async def fail(a: Annotated[int, Cookie()]) -> None: ...

    browser = Browser(alike, raise_server_exceptions=False)
    return "s3cret" in browser.get("/", headers={"Cookie": "a=s3cret"}).text


def assert_cookies_are_declared(app: FastAPI, browser: Browser, requests: Requests = {}) -> None:  # noqa: B006
    """Request every path operation; fail where one sets a cookie that is not as declared.

    `requests` says how to request those that take more than their path: the arguments of
    `Browser.request`, by method and path. Without it, such a path operation answers with an error,
    and only that is looked at. None leaves one out.
    """
    operations = [
        ((method.upper(), path), operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    # What deletes comes last: the others may need it.
    for key, operation in sorted(operations, key=lambda each: each[0][0] == "DELETE"):
        if (options := requests.get(key, {})) is None:
            continue
        response, text = ask(browser, *key, **options)
        policy.assert_page_runs(response, text)
        assert key not in requests or response.status_code < 400, f"{key}: {text}"
        # The whole app's, `FastAPI(responses={"default": …})`, tell what a middleware sets.
        codes = (str(response.status_code), "default")
        shown = [operation["responses"].get(code) for code in codes]
        for cookie in browser.received(response):
            assert_declared(cookie)
            assert response.status_code >= 400 or f"`{cookie.name}=" in str(shown), (
                f"{key}: show {cookie.name!r} in its `responses`, with set_cookie_header"
            )


def ask(browser: Browser, method: str, path: str, **options: Any) -> tuple[Response, str]:
    """Return the answer and the start of its body: a stream may have no end."""
    try:
        with browser.stream(method, **{"url": path, **options}) as response:
            return response, b"".join(islice(response.iter_bytes(), 3)).decode(errors="replace")
    except Exception as error:
        error.add_note(f"That was {method} {path}: say in REQUESTS in tests/test_app.py how to")
        error.add_note(f"request it, or leave it out: ({method!r}, {path!r}): None")
        raise


def assert_declared(cookie: StoredCookie) -> None:
    """Fail where no declaration has this cookie, or one with other attributes."""
    found = cookie.attributes
    place = Place(found["path"], found.get("domain"), "partitioned" in found)
    if cookie.is_deletion and any(
        cookie.name == each.name and place in each.formerly for each in DECLARED.values()
    ):
        return
    assert (cookie.name, place) in DECLARED, f"declare {cookie.name!r}, and set it from there"
    attributes = DECLARED[cookie.name, place].attributes.split(";")
    parts = [each.strip().partition("=") for each in attributes]
    expected = {name.lower(): value for name, _, value in parts}
    if cookie.is_deletion:
        expected |= {"max-age": "0", "expires": found["expires"]}
    assert found == expected


def assert_no_cookie_is_set_past_its_declaration(package: Path) -> None:
    """Fail where code outside the kit calls Starlette's `set_cookie`, or writes the header."""
    for path in sorted(package.rglob("*.py")):
        if (package / "kit") in path.parents or "node_modules" in path.parts:
            continue
        source = path.read_bytes()
        for node in (it for each in ast.walk(ast.parse(source)) for it in sets_a_cookie(each)):
            assert b"# no response" in source.splitlines()[node.lineno - 1], (
                f"{path.relative_to(package.parent)}:{node.lineno}: declare the cookie with "
                "app.kit.Cookie; then COOKIE.set(response, value). Where this app sends none, "
                "end the line with `# no response`"
            )


def sets_a_cookie(node: ast.AST) -> list[Any]:
    """Return what in this calls `set_cookie`, or names the header where it is written."""
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
    return [each for each in names if str(each.value).lower().strip("b'") == "set-cookie"]
