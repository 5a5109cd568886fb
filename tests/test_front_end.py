"""A front end on a development server, as docs/front-end.md says: what the page shows is run."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.conftest import Environment, Render
from tests.gates import OLDEST, run_in
from tests.readme import blocks
from tests.tools import change, chromium_executable, do_without, free_port, running, serving

SIZES = [("temporal", "none"), ("direct", "sessions")]
REFUSED = (
    "This came from a page of another origin. If that is yours, add it to TRUSTED_ORIGINS: its "
    "pages may then use this app with your visitors' cookies, and read the answers (CORS)."
)
DARK = {"theme": "dark", "text_size": 120}
PAGE = "http://localhost:5173"
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
CLOCK = '''"""A WebSocket that says which cookies it got."""

from fastapi import APIRouter, WebSocket

router = APIRouter()


@router.websocket("/clock")
async def tick(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.headers.get("cookie", "no cookie"))
'''


@pytest.fixture(params=SIZES, ids="-".join)
def project(request: pytest.FixtureRequest, render: Render) -> Path:
    strategy, sign_in = request.param
    project = render(cookie_strategy=strategy, sign_in=sign_in)
    (project / "app/routes/clock.py").write_text(CLOCK)
    routes = project / "app/routes/__init__.py"
    change(routes, "    example,\n", "    clock,\n    example,\n")
    change(routes, "    example.router,\n", "    clock.router,\n    example.router,\n")
    return project


def document(project: Path) -> str:
    return (project / "docs/front-end.md").read_text("utf-8")


def block(project: Path, language: str, number: int = 0) -> str:
    return blocks(document(project), language)[number]


# ---- What the page says, asked of the app ------------------------------------------------


def test_it_is_short_and_without_sign_in_it_does_not_mention_it(render: Render) -> None:
    texts = {size: document(render("-".join(size), **answers(*size))) for size in SIZES}
    assert all(len(text.splitlines()) <= 90 for text in texts.values())
    cookies_only, sessions = texts.values()
    assert not re.search("session|sign.?in", cookies_only, re.IGNORECASE)
    assert sessions.replace("session|", "", 1) == cookies_only


def answers(strategy: str, sign_in: str) -> dict[str, str]:
    return {"cookie_strategy": strategy, "sign_in": sign_in}


def test_the_proxy_takes_the_paths_of_the_api_and_no_other(
    project: Path, environment: Environment
) -> None:
    [pattern] = re.findall('"(\\^/.*)": {', block(project, "js"))
    ask = "import app.main, json; print(json.dumps([*app.main.app.openapi()['paths']]))"
    printed = subprocess.run(
        [environment(OLDEST), "-c", ask], cwd=project, check=True, capture_output=True, text=True
    ).stdout
    paths = json.loads(printed)
    assert "/welcome" in paths
    assert [
        each for each in [*paths, "/docs", "/openapi.json"] if not re.search(pattern, each)
    ] == []
    of_vite = [
        "/",
        "/src/main.js",
        "/@vite/client",
        "/node_modules/.vite/deps/a.js",
        "/assets/a.js",
    ]
    assert [each for each in of_vite if re.search(pattern, each)] == []


def ask(
    port: int, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, HTTPMessage, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    sent = None if body is None else json.dumps(body)
    if sent:
        named["Content-Type"] = "application/json"
    connection.request(method, path, sent, named)
    response = connection.getresponse()
    text = "" if response.status == 101 else response.read().decode()
    connection.close()
    return response.status, response.headers, text


def test_the_setting_lets_the_page_of_another_port_in(
    project: Path, environment: Environment
) -> None:
    (project / ".env").write_text(block(project, "sh"))
    said = document(project)
    with serving(project, environment(OLDEST), "dev", "--no-reload") as port:
        preflight = {"Origin": PAGE, "Access_Control_Request_Headers": "x-anything,content-type"}
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            status, headers, _ = ask(
                port,
                "OPTIONS",
                "/preferences",
                Access_Control_Request_Method=method,
                **preflight,
            )
            assert status == 200
            assert headers["Access-Control-Allow-Origin"] == PAGE
            assert headers["Access-Control-Allow-Credentials"] == "true"
            assert headers["Access-Control-Allow-Headers"] == "x-anything,content-type"
        allowed = headers["Access-Control-Allow-Methods"].split(", ")
        assert f"use {', '.join(allowed[:-1])} and {allowed[-1]}," in said

        same_site = {"Origin": PAGE, "Sec_Fetch_Site": "same-site"}
        status, headers, text = ask(port, "PUT", "/preferences", DARK, **same_site)
        assert (status, json.loads(text)) == (201, DARK)
        assert headers["Access-Control-Allow-Origin"] == PAGE
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert headers["Access-Control-Expose-Headers"] == "Retry-After"
        assert "`Retry-After`" in said

        assert ask(port, "GET", "/clock", Origin=PAGE, **HANDSHAKE)[0] == 101
        other = "http://127.0.0.1:5173"
        assert ask(port, "GET", "/clock", Origin=other, **HANDSHAKE)[0] == 403
        status, headers, _ = ask(port, "PUT", "/preferences", DARK, Origin=other)
        assert (status, headers["Access-Control-Allow-Origin"]) == (403, None)


def test_without_the_setting_it_is_refused_and_a_proxy_that_keeps_the_host_is_not(
    project: Path, environment: Environment
) -> None:
    assert f'403: "{REFUSED.split(". ")[0]}."' in " ".join(document(project).split())
    with serving(project, environment(OLDEST), "dev", "--no-reload") as port:
        same_site = {"Origin": PAGE, "Sec_Fetch_Site": "same-site"}
        status, headers, text = ask(port, "PUT", "/preferences", DARK, **same_site)
        assert (status, json.loads(text)) == (403, {"detail": REFUSED})
        assert headers["Access-Control-Allow-Origin"] is None
        status, headers, _ = ask(port, "GET", "/welcome", **same_site)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, None)

        # Chromium says where a WebSocket comes from in Origin only.
        for host, expected in {"localhost:5173": 101, f"127.0.0.1:{port}": 403}.items():
            assert ask(port, "GET", "/clock", Host=host, Origin=PAGE, **HANDSHAKE)[0] == expected


def test_a_build_is_served_with_a_fallback_for_a_client_side_router(
    project: Path, environment: Environment
) -> None:
    serve_the_build(project)
    python = environment(OLDEST)
    tests = ["pytest", "-q", "tests/test_app.py::test_it_is_protected"]
    refusal = run_in(tests, project, python)
    assert "Frontend directory" in refusal.stdout + refusal.stderr
    dist = project / "app/dist"
    dist.mkdir()
    (dist / "index.html").write_text("<h1>Built</h1>")
    passed = run_in(tests, project, python)
    assert passed.returncode == 0, passed.stdout

    with serving(project, python, "run", "--host", "127.0.0.1") as port:
        html = "text/html,application/xhtml+xml,*/*;q=0.8"
        assert ask(port, "GET", "/")[2] == "<h1>Built</h1>"
        status, _, text = ask(port, "GET", "/people/ada", Accept=html)
        assert (status, text) == (200, "<h1>Built</h1>")
        assert ask(port, "GET", "/people/ada", Accept="*/*")[0] == 404
        assert ask(port, "GET", "/welcome", Accept=html)[2].startswith("{")
        (dist / "404.html").write_text("<h1>Missing</h1>")
        for accept, answer in ((html, "<h1>Missing</h1>"), ("*/*", '{"detail":"Not Found"}')):
            status, _, text = ask(port, "GET", "/people/ada", Accept=accept)
            assert (status, text) == (404, answer)


def serve_the_build(project: Path) -> None:
    new = block(project, "python")
    change(project / "app/main.py", new.replace('"dist"', '"frontend"'), new)
    shutil.rmtree(project / "app/frontend")
    (project / "tests/test_page.py").unlink()


# ---- The same with Vite and Chromium -----------------------------------------------------


@pytest.fixture(scope="module")
def vite_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A front end without its script, as `npm create vite` makes one, with Vite installed."""
    if shutil.which("npm") is None:
        do_without("npm is missing: install Node.js 20.19 or newer, which brings it.")
    folder = tmp_path_factory.mktemp("vite")
    package = {
        "private": True,
        "type": "module",
        "scripts": {"dev": "vite", "build": "vite build"},
        "devDependencies": {"vite": "^8.3.4"},
    }
    (folder / "package.json").write_text(json.dumps(package))
    (folder / "index.html").write_text(
        '<!doctype html><link rel="icon" href="data:,"><h1></h1>'
        '<script type="module" src="/src/main.js"></script>'
    )
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        executable = chromium_executable(playwright)
        with playwright.chromium.launch(executable_path=executable) as browser:
            yield browser


def script(project: Path, base: str, block_of_page: str) -> str:
    """Return a script that stores preferences as the page shows, and tells what came of it."""
    fetch = block_of_page.replace("http://localhost:8000", base)
    if not base:  # "needs no more"
        fetch = fetch.replace('  credentials: "include",\n', "")
    socket = base.replace("http:", "ws:") or "ws://${location.host}"
    return f"""
async function store() {{
  {fetch}
  return response.status;
}}
async function read() {{
  const response = await fetch("{base}/preferences", {{ credentials: "include" }});
  return (await response.json()).theme;
}}
function listen() {{
  return new Promise((resolve) => {{
    const socket = new WebSocket(`{socket}/clock`);
    socket.onmessage = (event) => resolve(event.data);
    socket.onerror = () => resolve("refused");
    setTimeout(() => resolve("no answer"), 10_000);
  }});
}}
const told = [];
for (const ask of [store, read, listen]) told.push(await ask().catch(String));
document.querySelector("h1").textContent = told.join(" | ");
"""


class FrontEnd:
    """The Vite project in a rendered project: `run` serves it."""

    def __init__(self, project: Path, files: Path) -> None:
        self.project = project
        self.folder = project / "web"
        self.config = block(project, "js")
        shutil.copytree(files, self.folder, symlinks=True)

    def write(self, api: int, *, proxied: bool) -> None:
        config = self.config
        for old, new in {":8000": f":{api}", "(cookie|": "(clock|cookie|"}.items():
            assert config.count(old) == 1
            config = config.replace(old, new)
        (self.folder / "vite.config.js").write_text(config)
        base = "" if proxied else f"http://localhost:{api}"
        (self.folder / "src").mkdir(exist_ok=True)
        (self.folder / "src/main.js").write_text(
            script(self.project, base, block(self.project, "js", 1))
        )

    @contextmanager
    def run(self, port: int) -> Iterator[None]:
        # --host, because localhost is ::1 only on some machines, and no browser goes there for
        # 127.0.0.1.
        command = ["npm", "run", "dev", "--", "--host", "127.0.0.1", "--strictPort"]
        command += ["--port", str(port)]
        with running(command, "Local:", cwd=self.folder, env={"NO_COLOR": "1"}):
            yield


@contextmanager
def opened(chromium: Browser, url: str) -> Iterator[tuple[Page, str, list[str]]]:
    """Open a page as a new visitor; yield it, what its script tells and what the console says."""
    with chromium.new_context() as context:
        page = context.new_page()
        console: list[str] = []

        def note(message: ConsoleMessage) -> None:
            console.append(message.text)

        page.on("console", note)
        page.goto(url)
        # Vite may have much to do first, and the script waits for 10 seconds before it gives up.
        expect(page.locator("h1")).not_to_be_empty(timeout=60_000)
        yield page, page.locator("h1").inner_text(), console


STORED = re.compile(r"201 \| dark \| (?=.*preferences=)")
BLOCKED = "TypeError: Failed to fetch | TypeError: Failed to fetch | refused"


@pytest.fixture
def front_end(project: Path, vite_files: Path) -> FrontEnd:
    return FrontEnd(project, vite_files)


@pytest.mark.slow
def test_behind_the_proxy_chromium_keeps_cookies_without_any_setting(
    front_end: FrontEnd, chromium: Browser, environment: Environment
) -> None:
    port = free_port()
    with serving(front_end.project, environment(OLDEST), "dev", "--no-reload") as api:
        front_end.write(api, proxied=True)
        with front_end.run(port), opened(chromium, f"http://localhost:{port}") as (page, told, _):
            assert STORED.match(told)
            assert page.evaluate("fetch('/docs').then((answer) => answer.text())").count("swagger")
            if "session" in front_end.config:
                assert page.evaluate("fetch('/session').then((answer) => answer.status)") == 401

        # A target as plain text, or changeOrigin, hides the page's origin from the app.
        front_end.config = front_end.config.replace("ws: true", "ws: true, changeOrigin: true")
        front_end.write(api, proxied=True)
        with (
            front_end.run(port),
            opened(chromium, f"http://localhost:{port}") as (_, told, console),
        ):
            assert told == "201 | dark | refused"
            assert any("Unexpected response code: 403" in each for each in console)


@pytest.mark.slow
def test_without_a_proxy_chromium_needs_the_setting_and_the_same_site(
    front_end: FrontEnd, chromium: Browser, environment: Environment
) -> None:
    port = free_port()
    python = environment(OLDEST)
    dotenv = front_end.project / ".env"
    here, there = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
    with front_end_without_proxy(front_end, python, port), opened(chromium, here) as page:
        assert page[1] == BLOCKED
        assert any("blocked by CORS policy" in each for each in page[2])

    dotenv.write_text(block(front_end.project, "sh").replace(PAGE, here))
    with front_end_without_proxy(front_end, python, port):
        with opened(chromium, here) as (page_here, told, _):
            assert STORED.match(told)
            # All ports of a name share their cookies.
            assert "preferences=" in page_here.evaluate("document.cookie")
        with opened(chromium, there) as (_, told, _):
            assert told == BLOCKED

    dotenv.write_text(block(front_end.project, "sh").replace(PAGE, there))
    with (
        front_end_without_proxy(front_end, python, port),
        opened(chromium, there) as (page_there, told, _),
    ):
        assert told == "201 | system | no cookie"
        assert page_there.context.cookies() == []

    # Another site can be served, too: localhost counts as https here.
    declared = 'samesite="none", partitioned=True'
    assert f"`{declared}`" in document(front_end.project)
    cookies = front_end.project / "app/cookies.py"
    change(cookies, "    Preferences,\n", f"    Preferences,\n    {declared},\n")
    with front_end_without_proxy(front_end, python, port), opened(chromium, there) as (_, told, _):
        assert STORED.match(told)


@contextmanager
def front_end_without_proxy(front_end: FrontEnd, python: Path, port: int) -> Iterator[None]:
    with serving(front_end.project, python, "dev", "--no-reload") as api:
        front_end.write(api, proxied=False)
        with front_end.run(port):
            yield


@pytest.mark.slow
def test_the_build_of_vite_is_served_by_the_app(
    front_end: FrontEnd, chromium: Browser, environment: Environment
) -> None:
    front_end.write(8000, proxied=True)
    subprocess.run(["npm", "run", "build"], cwd=front_end.folder, check=True, capture_output=True)
    serve_the_build(front_end.project)
    with serving(front_end.project, environment(OLDEST), "run", "--host", "127.0.0.1") as port:
        for path in ("/", "/people/ada"):
            with opened(chromium, f"http://localhost:{port}{path}") as (_, told, _):
                assert STORED.match(told)
