"""Firefox, by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it speaks itself."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.tools import running


class Firefox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids = count()
        session = self.send(
            "session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}}
        )
        self.version = session["capabilities"]["browserVersion"]

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its result."""
        number = next(self._ids)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=60))
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return cast("dict[str, Any]", answer["result"])

    def open(self, url: str) -> str:
        """Open a page in a tab of its own; return its name."""
        tab = str(self.send("browsingContext.create", type="tab")["context"])
        self.send("browsingContext.navigate", context=tab, url=url, wait="complete")
        return tab

    def fetch(self, tab: str, url: str) -> None:
        script = f"fetch({json.dumps(url)}).then(() => true, () => false)"
        self.send("script.evaluate", expression=script, awaitPromise=True, target={"context": tab})

    def cookies(self, tab: str) -> list[dict[str, Any]]:
        """Return what it keeps, and what it keeps in this tab's partition."""
        found = []
        for partition in ({}, {"partition": {"type": "context", "context": tab}}):
            for each in self.send("storage.getCookies", **partition)["cookies"]:
                if each not in found:
                    found.append(each)
        return found

    def forget(self, tab: str) -> None:
        self.send("storage.deleteCookies")
        self.send("storage.deleteCookies", partition={"type": "context", "context": tab})


@contextmanager
def firefox_running(profile: Path, hosts: list[str]) -> Iterator[Firefox]:
    """Run Firefox, to which these hosts are this machine."""
    executable = shutil.which("firefox-esr") or shutil.which("firefox")
    if executable is None:
        # It only reports, so CI does without it.
        pytest.skip("Firefox is missing: apt-get install firefox-esr")
    settings = {
        "network.dns.localDomains": ",".join(hosts),
        "network.dns.disableIPv6": True,
        "network.proxy.type": 0,
        "remote.prefs.recommended": True,
    }
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(it)});" for name, it in settings.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command: list[str | Path] = [executable, "--headless", "--no-remote", "--profile", profile]
    command += ["--remote-debugging-port", "0"]
    with running(command, "WebDriver BiDi listening on") as line:
        address = line.rpartition(" ")[2].strip()
        with connect(f"{address}/session", max_size=None, proxy=None) as connection:
            yield Firefox(connection)
