# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "argon2-cffi>=25.1",
#     "pexpect>=4.9",
#     "playwright>=1.65",
#     "pyte>=0.8.2",
#     "rich>=15",
# ]
# ///
"""Make the README's pictures anew, from a real run: `uv run tools/pictures.py`.

It types the README's commands in a terminal, and opens the page of both sizes in Chromium. It needs
Chromium, and port 8000 to be free.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pexpect
import pyte
from argon2 import PasswordHasher
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "pictures"
LIMIT = 150_000  # bytes
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
CREDENTIALS = {"username": "ada", "password": "correct horse battery staple"}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"
SIGN_IN = """body => fetch("session", {
    method: "POST", body: JSON.stringify(body), headers: {"Content-Type": "application/json"},
})"""


# Left out of the picture: the list of files, and what is only so on the machine that made it.
LEFT_OUT = re.compile(
    r"\s*(create|identical)  |Using CPython|Creating virtual|.*Will watch|No git tags|Copying from"
)


class Terminal:
    """A shell in which somebody types, and what its screen shows."""

    def __init__(self, folder: Path) -> None:
        self.screen = pyte.Screen(100, 200)
        self.write = pyte.Stream(self.screen).feed
        environment = os.environ | {"PS1": "$ ", "TERM": "xterm-256color", "PROMPT_COMMAND": ""}
        # That of the script is not the project's.
        environment.pop("VIRTUAL_ENV", None)
        size = (self.screen.lines, self.screen.columns)
        self.shell = pexpect.spawn("bash", ["--norc", "-i"], cwd=str(folder), env=environment,
                                   encoding="utf-8", timeout=300, dimensions=size)  # fmt: skip
        self.shell.logfile_read = self
        self.shell.expect(r"\$ $")

    def flush(self) -> None:
        """A log can be flushed; this one need not be."""

    def types(self, line: str, then: str = r"\$ $") -> None:
        self.shell.send(f"{line}\r")
        self.shell.expect(then)

    def lines(self) -> Iterator[Text]:
        """Yield what the screen shows, without two empty lines in a row."""
        before = ""
        for row in range(self.screen.cursor.y + 1):
            cells = [self.screen.buffer[row][column] for column in range(self.screen.columns)]
            runs = [("".join(each.data for each in run), key) for key, run in groupby(cells, style)]
            line = Text.assemble(*runs)
            line.rstrip()
            if not LEFT_OUT.match(line.plain) and (line.plain or before):
                yield line
                before = line.plain


def first_run(clone: Path) -> None:
    """Type the README's commands, answer the questions, see a cookie; draw the terminal."""
    one, another = Terminal(clone), Terminal(clone)
    command = 'uvx copier copy "$(git remote get-url origin)" ../my-app'
    one.types(command, "What is the project's name")
    one.types("\x15Cookie jar", "How do path operations set cookies")
    one.types("", "Do people sign in")
    one.types("")
    one.types("cd ../my-app")
    one.types("uv run fastapi dev", "Application startup complete")
    another.types(
        "curl --include --request POST http://localhost:8000/cookie-and-object/", "dark.*}"
    )
    console = Console(record=True, width=100, file=StringIO())
    console.print(*one.lines(), "", *another.lines(), sep="\n", soft_wrap=True)
    for terminal in (one, another):
        terminal.shell.sendintr()
        terminal.shell.close(force=True)
    # Without rich's font from elsewhere: whoever looks at it has one of a fixed width.
    picture = re.sub(r"@font-face {.*?}", "", console.export_svg(title="The first run"), flags=re.S)
    (PICTURES / "first-run.svg").write_text(picture, "utf-8")


def style(char: pyte.screens.Char) -> str:
    """Return rich's name for what pyte found."""
    colour = "yellow" if char.fg == "brown" else char.fg.replace("bright", "bright_")
    colour = re.sub("^[0-9a-f]{6}$", r"#\g<0>", colour)
    return f"{'bold ' * char.bold}{'italic ' * char.italics}{colour}"


@contextmanager
def serving(project: Path, port: int, **environment: str) -> Iterator[str]:
    """Run `fastapi dev` in a project until it answers; yield its URL; end it."""
    server = subprocess.Popen(
        ["uv", "run", "--quiet", "fastapi", "dev", "--no-reload", "--port", str(port)],
        cwd=project, env=os.environ | environment, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "Uvicorn running on" in line:
                break
        else:
            sys.exit("The server ended before it answered.")
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.communicate()


def photograph(browser: Browser, url: str, name: str, *, signs_in: bool) -> None:
    """Take the page in light and in dark; signed in, with a phone that is signed in, too."""
    if signs_in:
        phone = browser.new_page(user_agent=PHONE)
        phone.goto(url)
        phone.evaluate(SIGN_IN, CREDENTIALS)
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.goto(url)
    if signs_in:
        page.evaluate(SIGN_IN, CREDENTIALS)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.goto(url)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURES / f"{name}-{scheme}.png", full_page=True)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as scratch, sync_playwright() as playwright:
        clone = Path(scratch) / "template"
        # Without tags, Copier renders what is committed here and not the newest release.
        subprocess.run(["git", "clone", "--quiet", "--no-tags", ROOT, clone], check=True)
        first_run(clone)
        copy = ["uvx", "copier", "copy", "--quiet", "--defaults", "--data=sign_in=none"]
        subprocess.run(
            [*copy, "--data=project_name=Cookie jar", clone, f"{scratch}/small"], check=True
        )
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with serving(Path(scratch) / "small", 8000) as url:
            photograph(browser, url, "cookies", signs_in=False)
        users = json.dumps({"ada": PasswordHasher().hash(CREDENTIALS["password"])})
        with serving(Path(scratch) / "my-app", 8000, USERS=users) as url:
            photograph(browser, url, "sessions", signs_in=True)
    for picture in PICTURES.iterdir():
        if picture.stat().st_size > LIMIT:
            sys.exit(f"{picture.name} takes more than {LIMIT} bytes: show less.")


if __name__ == "__main__":
    main()
