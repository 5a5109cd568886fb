"""nginx and Caddy with TLS in front of the app, configured as docs/deploy.md says, to the letter.

What a test takes out of nginx's file, to see what is missed then, is in the test.
"""

import getpass
import json
import re
import shutil
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from socket import create_connection
from typing import Any

import pytest
import trustme
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.readme import blocks
from tests.servers.conftest import CREDENTIALS, Serve
from tests.tools import change, do_without, free_port, running

HOST = "shop.example"
SCHEME = "    proxy_set_header X-Forwarded-Proto $scheme;\n"
NAMES = "    proxy_set_header Host              $http_host;\n"
AROUND_NGINX = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/site.conf;
}}
"""
OPTIONS_OF_CADDY = """\
	admin off
	persist_config off
	auto_https disable_redirects
	servers {
		protocols h1 h2
"""


@dataclass
class Proxy:
    """A proxy that runs, and who visits it."""

    port: int
    plain_port: int
    trusting: ssl.SSLContext

    @property
    def origin(self) -> str:
        return f"https://{HOST}:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        visitor: str = "127.0.0.2",
        **headers: str,
    ) -> tuple[int, Any, dict[str, str]]:
        """Return what a browser without Sec-Fetch-Site is answered: status, JSON, headers."""
        with closing(self._connection(visitor)) as connection:
            sent = {"Host": f"{HOST}:{self.port}", "Origin": self.origin}
            sent |= {"Content-Type": "application/json"}
            sent |= {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            text = response.read()
            answer = (
                json.loads(text) if "json" in (response.getheader("Content-Type") or "") else text
            )
            return response.status, answer, {k.lower(): v for k, v in response.getheaders()}

    def first_line(self, path: str) -> bytes:
        with closing(self._connection("127.0.0.2")) as connection:
            connection.request("GET", path, headers={"Host": f"{HOST}:{self.port}"})
            return connection.getresponse().readline()

    def say(self, path: str, **headers: str) -> str:
        """Return what a WebSocket answers."""
        connection = create_connection(
            ("127.0.0.1", self.port), timeout=60, source_address=("127.0.0.2", 0)
        )
        with connect(
            f"wss://{HOST}:{self.port}{path}",
            sock=connection,
            ssl=self.trusting,
            origin=self.origin,  # type: ignore[arg-type]
            additional_headers=headers,
        ) as socket:
            socket.send("hello")
            return str(socket.recv())

    def _connection(self, visitor: str) -> HTTPSConnection:
        connection = HTTPSConnection(HOST, self.port, timeout=60, context=self.trusting)
        address = ("127.0.0.1", self.port)
        connection._create_connection = lambda *_: create_connection(  # type: ignore[attr-defined]
            address, timeout=60, source_address=(visitor, 0)
        )
        return connection


Run = Callable[..., Proxy]


@pytest.fixture
def run(serve: Serve, project: Path, tmp_path: Path) -> Iterator[Run]:
    """Run the app and a proxy in front of it, as the page on deploying says."""
    page = (project / "docs" / "deploy.md").read_text("utf-8")
    authority = trustme.CA()
    issued = authority.issue_cert(HOST)
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    issued.private_key_pem.write_to_path(str(key))
    for pem in issued.cert_chain_pems:
        pem.write_to_path(str(chain), append=True)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    def nginx(app: int, port: int, plain: int, prefix: bool, without: str, put: str) -> ExitStack:
        if not shutil.which("nginx"):
            do_without("nginx is missing: sudo apt-get install nginx")
        file = tmp_path / "site.conf"
        whole, below_prefix = blocks(page, "nginx")
        file.write_text(whole)
        if prefix:
            [location] = re.findall(r"^    location .*?^    }\n", whole, re.MULTILINE | re.DOTALL)
            change(file, location, below_prefix)
        if without:
            change(file, without, put)
        change(file, "listen 80;", f"listen 127.0.0.1:{plain};")
        change(file, "listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
        change(file, "/etc/ssl/shop.example.pem", str(chain))
        change(file, "/etc/ssl/shop.example.key", str(key))
        change(file, "http://127.0.0.1:8000", f"http://127.0.0.1:{app}")
        main = tmp_path / "nginx.conf"
        main.write_text(AROUND_NGINX.format(user=getpass.getuser(), folder=tmp_path))
        stack = ExitStack()
        stack.enter_context(running(["nginx", "-c", main, "-e", "stderr"], "start worker process "))
        return stack

    def caddy(app: int, port: int, plain: int, prefix: bool, without: str, put: str) -> ExitStack:
        file = tmp_path / "Caddyfile"
        whole, below_prefix = blocks(page, "caddy")
        site = whole[whole.index(HOST) :]
        file.write_text(whole.replace(site, below_prefix if prefix else site))
        change(file, "	servers {\n", OPTIONS_OF_CADDY)
        change(file, f"{HOST} {{\n", f"{HOST}:{port} {{\n\tbind 127.0.0.1\n\ttls {chain} {key}\n")
        change(file, "127.0.0.1:8000", f"127.0.0.1:{app}")
        stack = ExitStack()
        command: list[str | Path] = ["caddy", "run", "--config", file, "--adapter", "caddyfile"]
        stack.enter_context(
            running(command, "serving initial configuration", env={"HOME": str(tmp_path)})
        )
        return stack

    with ExitStack() as stack:

        def run(
            kind: str, *, prefix: bool = False, without: str = "", put: str = "", **variables: str
        ) -> Proxy:
            options = ["--root-path", "/shop"] if prefix else []
            app = stack.enter_context(serve(*options, **variables))
            port, plain = free_port(), free_port()
            start = {"nginx": nginx, "caddy": caddy}[kind]
            stack.enter_context(start(app, port, plain, prefix, without, put))
            return Proxy(port, plain, trusting)

        yield run


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nginx", "caddy"])
@pytest.mark.parametrize("prefix", ["", "/shop"])
def test_all_works_behind_a_proxy_that_is_configured_as_the_page_says(
    run: Run, kind: str, prefix: str
) -> None:
    proxy = run(kind, prefix=bool(prefix), SIGN_IN_LIMIT_PER_ADDRESS="3 per 10 minutes")

    # The app knows where its visitors are, and where they came from.
    forged = {"X_Forwarded_For": "198.51.100.66", "X_Forwarded_Proto": "http"}
    for headers in ({}, forged):
        status, seen, answered = proxy.ask("POST", f"{prefix}/probed/request", "{}", **headers)
        assert (status, seen["address"], seen["origin"]) == (200, "127.0.0.2", proxy.origin)
        assert seen["path"] == f"{prefix}/probed/request"
        assert "strict-transport-security" in answered

    # Sign-in, by Origin alone; and the session that came of it.
    status, _, answered = proxy.ask("POST", f"{prefix}/session", CREDENTIALS)
    cookie = answered["set-cookie"].partition(";")[0]
    assert (status, "__Host-Http-" in cookie) == (201, True)
    assert proxy.ask("GET", f"{prefix}/session", Cookie=cookie)[1]["user"] == "ada"
    other = {"Origin": "https://evil.example"}
    assert proxy.ask("POST", f"{prefix}/session", CREDENTIALS, **other)[0] == 403

    # The page, a WebSocket with many cookies, and a stream that arrives as it is sent.
    assert b"<title>" in proxy.ask("GET", f"{prefix}/")[1]
    many = "; ".join(f"c{number}={'a' * 4000}" for number in range(14))
    answer = proxy.say(f"{prefix}/probed/socket", Cookie=many)
    assert answer == "hello from 127.0.0.2"
    assert b"still here" in proxy.first_line(f"{prefix}/probed/stream")

    # The largest cookie that there can be goes out, and many come in.
    status, _, answered = proxy.ask("GET", f"{prefix}/probed/large")
    assert (status, len(answered["set-cookie"]) > 4096) == (200, True)
    assert proxy.ask("GET", f"{prefix}/probed/request", Cookie=many)[1]["cookies"] == len(many)
    status, refusal, _ = proxy.ask("GET", f"{prefix}/live", Cookie=many, X_More="a" * 12_000)
    assert (status, "detail" in refusal) == (431, True)

    # Guesses are counted by where they come from, whatever their headers say.
    statuses = []
    for number in range(4):
        guess = json.dumps({"username": f"nobody{number}", "password": "wrong"})
        made_up = {"X_Forwarded_For": f"198.51.100.{number}", "visitor": "127.0.0.3"}
        statuses.append(proxy.ask("POST", f"{prefix}/session", guess, **made_up)[0])
    assert statuses == [401, 401, 401, 429]
    assert proxy.ask("POST", f"{prefix}/session", CREDENTIALS)[0] == 201

    if kind == "nginx":
        with closing(HTTPConnection("127.0.0.1", proxy.plain_port, timeout=60)) as connection:
            connection.request("GET", "/x?y", headers={"Host": HOST})
            response = connection.getresponse()
            found = response.status, response.getheader("Location")
            assert found == (301, f"https://{HOST}/x?y")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("without", "put", "said"),
    [
        (NAMES, "", ["pass on the Host", "https://127.0.0.1:", "$http_host"]),
        (NAMES, NAMES.replace("$http_host", "$host"), ["pass on the Host", f"https://{HOST}."]),
        (SCHEME, "", ["X-Forwarded-Proto", f"http://{HOST}:"]),
        (NAMES + SCHEME, "", ["pass on the Host", "http://127.0.0.1:", "X-Forwarded-Proto"]),
    ],
    ids=["no Host", "no port", "no scheme", "neither"],
)
def test_what_a_proxy_does_not_pass_is_named_where_it_is_missed(
    run: Run, project: Path, without: str, put: str, said: list[str]
) -> None:
    if without == NAMES + SCHEME:  # They do not stand together.
        proxy = run("nginx", without=between(project, NAMES, SCHEME), put="")
    else:
        proxy = run("nginx", without=without, put=put)
    status, answer, _ = proxy.ask("POST", "/session", CREDENTIALS)
    assert status == 403
    assert [each for each in [proxy.origin, *said] if each not in answer["detail"]] == []
    with pytest.raises(InvalidStatus) as refused:
        proxy.say("/probed/socket")
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body or b"")["detail"] == answer["detail"]
    # Browsers of today say themselves that a page sends to its own origin.
    assert proxy.ask("POST", "/session", CREDENTIALS, Sec_Fetch_Site="same-origin")[0] == 201


def between(project: Path, first: str, last: str) -> str:
    """Return the lines of nginx's file from `first` to `last`."""
    whole = blocks((project / "docs" / "deploy.md").read_text("utf-8"), "nginx")[0]
    return whole[whole.index(first) : whole.index(last) + len(last)]


@pytest.mark.slow
def test_without_room_for_headers_nginx_refuses_the_largest_cookie(run: Run) -> None:
    """Why the page says how much room: by nginx's defaults, this is a 502."""
    room = "    proxy_buffer_size 32k;\n    proxy_buffers 4 32k;\n"
    proxy = run("nginx", without=room)
    assert proxy.ask("GET", "/probed/large")[0] == 502
