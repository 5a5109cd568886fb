"""What the browsers visit: apps that are watched, and sites that answer what a test says."""

import hashlib
import json
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from threading import Thread
from typing import Any, cast

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from tests.tools import running

APP = "app.shop.example"
SIBLING = "blog.shop.example"
PARENT = "shop.example"
OTHER = "evil.example"


@dataclass(frozen=True)
class Certificate:
    """A certificate made for these tests, and the name by which Chromium is told to trust it."""

    file: Path
    spki: str

    @classmethod
    def make(cls, folder: Path) -> "Certificate":
        issued = trustme.CA().issue_cert(f"*.{PARENT}", OTHER, "localhost")
        pem = issued.cert_chain_pems[0].bytes()
        file = folder / "certificate.pem"
        file.write_bytes(issued.private_key_pem.bytes() + pem)
        key = load_pem_x509_certificate(pem).public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(file, b64encode(hashlib.sha256(der).digest()).decode())


@dataclass(frozen=True)
class App:
    """A rendered app that runs, with what `inside/watched.py` adds."""

    project: Path
    port: int
    is_secure: bool
    host: str

    @property
    def origin(self) -> str:
        return origin(self.is_secure, self.host, self.port)

    @property
    def has_sessions(self) -> bool:
        return (self.project / "app/sign_in.py").exists()

    def request(self, method: str, path: str, **headers: str) -> tuple[int, bytes]:
        """Return what somebody without a browser is answered."""
        connection: HTTPConnection
        if self.is_secure:
            trusting = ssl._create_unverified_context()
            connection = HTTPSConnection("127.0.0.1", self.port, timeout=30, context=trusting)
        else:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        with closing(connection):
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()

    def ask(self, path: str, method: str = "GET") -> Any:
        """Return what the app tells the tests."""
        status, answer = self.request(method, path)
        assert status == 200, f"{method} {path}: {status}"
        return json.loads(answer)

    def seen(self) -> list[dict[str, Any]]:
        """Return the requests to the app itself, in their order, and how they were answered."""
        return cast("list[dict[str, Any]]", self.ask("/private/seen"))


@contextmanager
def app_running(
    project: Path, python: Path, certificate: Certificate | None, host: str, **environment: str
) -> Iterator[App]:
    tls: list[str | Path] = ["--ssl-certfile", certificate.file] if certificate else []
    command = [python, "-m", "uvicorn", "watched:app", "--port", "0", "--no-access-log", *tls]
    with running(command, "Uvicorn running on", cwd=project, env=environment) as line:
        port = int(line.partition("://127.0.0.1:")[2].split()[0])
        yield App(project, port, certificate is not None, host)


@contextmanager
def behind_prefix(app: App, prefix: str) -> Iterator[App]:
    """Run a proxy that passes on what is under `prefix`, without it; yield the app behind that."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not self.path.startswith(f"{prefix}/"):
                self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                return
            connection = HTTPConnection("127.0.0.1", app.port, timeout=30)
            with closing(connection):
                path = self.path.removeprefix(prefix)
                connection.request(self.command, path, body or None, dict(self.headers.items()))
                response = connection.getresponse()
                answer = response.read()
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = pass_on

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with listening(Handler) as port:
        yield replace(app, port=port)


@dataclass
class Answer:
    """What a site answers: HTML, and header lines as they go over the wire."""

    html: str = "<!doctype html><title>A page of the tests</title>"
    headers: list[bytes] = field(default_factory=list)
    status: bytes = b"200 OK"


@dataclass
class Site:
    """A site that a test writes. A path that it does not know is an empty page."""

    port: int
    is_secure: bool
    answers: dict[str, Answer] = field(default_factory=dict)

    def url(self, host: str, path: str = "/") -> str:
        return origin(self.is_secure, host, self.port) + path


@contextmanager
def site_running(certificate: Certificate | None) -> Iterator[Site]:
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = site.answers.get(self.path.partition("?")[0], Answer())
            body = answer.html.encode()
            lines = [b"HTTP/1.1 " + answer.status, b"Content-Type: text/html; charset=utf-8"]
            lines += [b"Cache-Control: no-store", b"Content-Length: %d" % len(body)]
            self.wfile.write(b"\r\n".join([*lines, *answer.headers, b"", body]))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with listening(Handler, context) as port:
        site = Site(port, context is not None)
        yield site


@contextmanager
def listening(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Run a server, with TLS if there is a context; yield its port."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket, Any]:
            connection, address = super().get_request()
            if context:
                # The handshake waits until the handler's thread reads.
                connection = context.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
            return connection, address

        def handle_error(self, *_: object) -> None:
            """A browser may hang up."""

    with Server(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def origin(is_secure: bool, host: str, port: int) -> str:
    return f"{'https' if is_secure else 'http'}://{host}:{port}"
