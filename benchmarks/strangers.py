# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "argon2-cffi>=25.1",
#     "copier>=9.19,<10",
#     "fastapi[standard-no-fastapi-cloud-cli]>=0.165",
#     "pydantic-settings>=2.16",
# ]
# ///
"""How long signing in takes while a stranger, without a session, floods each public route in turn.

Renders a project, serves it with uvicorn, and prints a Markdown table. Client and server share the
machine, so give them two cores of their own: where the rate is not reached, times say nothing. The
passwords' hashes are those of production.

    uv run benchmarks/strangers.py [--rate 300] [--requests 1500] [--release 0.8.1]
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from statistics import quantiles

import copier
from argon2 import PasswordHasher

HERE = Path(__file__).parent.parent
JSON = "Content-Type: application/json\r\n"
ROUTES = [
    ("GET", "/live", ""),
    ("GET", "/health", ""),
    ("GET", "/", ""),
    ("GET", "/welcome", ""),
    ("GET", "/preferences", ""),
    ("PUT", "/preferences", '{"theme": "dark", "text_size": 120}'),
    ("GET", "/cookies", ""),
    ("GET", "/session", ""),
    ("GET", "/sessions", ""),
    ("DELETE", "/session", ""),
    ("POST", "/session", '{"username": "nobody", "password": "wrong"}'),
    ("POST", "/cookie-and-object/", ""),
    ("GET", "/openapi.json", ""),
]
SIGN_IN = '{"username": "ada", "password": "correct horse battery staple"}'


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=300, help="requests of the stranger, a second")
    parser.add_argument("--requests", type=int, default=1500, help="how many to each route")
    parser.add_argument("--release", default="HEAD", help="of this template")
    parser.add_argument("--only", default="", help="a part of the routes' names")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        copier.run_copy(
            str(HERE),
            folder,
            data={"project_name": "benchmark", "sign_in": "sessions"},
            vcs_ref=options.release,
            defaults=True,
            quiet=True,
        )
        users = json.dumps(
            {"ada": PasswordHasher(2, 19 * 1024, 1).hash(json.loads(SIGN_IN)["password"])}
        )
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0", "--no-access-log"],
            cwd=folder,
            env=os.environ | {"USERS": users},
            stderr=subprocess.PIPE,
            text=True,
        )
        with server:
            assert server.stderr
            line = next(each for each in server.stderr if "running on" in each)
            port = int(line.partition("127.0.0.1:")[2].split()[0])
            print("| route | reached, a second | answers | sign-ins | p50 | p99, ms |")
            print("| --- | --- | --- | --- | --- | --- |")
            for route in ROUTES:
                if options.only in " ".join(route[:2]):
                    asyncio.run(flood(port, options.rate, options.requests, *route))
            server.terminate()


async def flood(port: int, rate: int, requests: int, method: str, path: str, body: str) -> None:
    """Send requests to one route at this rate, sign in meanwhile, and print a row."""
    answers: Counter[int] = Counter()
    waiting = asyncio.Semaphore(200)  # connections
    start = time.perf_counter()

    async def ask_in_turn(due: float) -> None:
        await asyncio.sleep(due - (time.perf_counter() - start))
        async with waiting:
            answers[await ask(port, method, path, body, "192.0.2.1")] += 1

    strangers = asyncio.gather(*(ask_in_turn(number / rate) for number in range(requests)))
    times: list[float] = []
    statuses: Counter[int] = Counter()
    while not strangers.done():
        begun = time.perf_counter()
        address = f"198.51.{len(times) // 250}.{len(times) % 250}"  # each visitor has one
        statuses[await ask(port, "POST", "/session", SIGN_IN, address)] += 1
        times.append(time.perf_counter() - begun)
        await asyncio.sleep(0.1)
    took = time.perf_counter() - start
    await strangers
    cuts = [1000 * each for each in quantiles(times, n=100, method="inclusive")]
    print(
        f"| {method} {path} | {requests / took:.0f} | {shown(answers)} | {shown(statuses)} "
        f"| {cuts[49]:.0f} | {cuts[98]:.0f} |",
        flush=True,
    )


async def ask(port: int, method: str, path: str, body: str, address: str) -> int:
    """Return the status that a request from this address gets; 0 without an answer."""
    with suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(
                f"{method} {path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {address}\r\n{JSON}"
                f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            answer = await reader.read()
        finally:
            writer.close()
        if found := re.match(rb"HTTP/1.1 (\d+)", answer):
            return int(found[1])
    return 0


def shown(counted: Counter[int]) -> str:
    """Return how often each status came."""
    return ", ".join(f"{count} times {status}" for status, count in sorted(counted.items()))


if __name__ == "__main__":
    main()
