"""Commands: `python -m app --help` lists them."""

import argparse
import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import app.cookies  # noqa: F401 - declares the cookies
from app.declaration import DAY, DECLARED
from app.main import create_sessions
from app.sessions import Sessions
from app.sessions.store import StoreUnavailableError
from app.settings import load_settings
from app.users import HASHER, Users

Result = TypeVar("Result")


def main(arguments: list[str] | None = None) -> None:
    """Run the command in `arguments`, by default those of the command line."""
    options = vars(_parser().parse_args(arguments))
    print(options.pop("run")(**options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    table = commands.add_parser("cookies", help="print every cookie as a Markdown table")
    table.set_defaults(run=cookie_table)

    users = commands.add_parser("users", help="who may sign in")
    user_commands = users.add_subparsers(required=True, metavar="COMMAND")
    add = user_commands.add_parser("add", help="print the line for .env with one user more")
    add.add_argument("name", metavar="NAME")
    add.set_defaults(run=add_user)

    sessions = commands.add_parser("sessions", help="who is signed in")
    session_commands = sessions.add_subparsers(required=True, metavar="COMMAND")
    listing = session_commands.add_parser("list", help="list the sessions of a user")
    listing.add_argument("user", metavar="USER")
    listing.set_defaults(run=list_sessions)
    ending = session_commands.add_parser("end", help="end the sessions of a user, or of everybody")
    whose = ending.add_mutually_exclusive_group(required=True)
    whose.add_argument("user", metavar="USER", nargs="?")
    whose.add_argument("--all", dest="user", action="store_const", const=None, help="everybody's")
    ending.add_argument("--id", dest="session_id", metavar="ID", help="only this one")
    ending.set_defaults(run=end_sessions)
    return parser


def cookie_table() -> str:
    """Return every cookie of this app as a Markdown table, for a privacy page."""
    return _table(
        ("Name", "Purpose", "Lifetime", "Attributes"),
        *(
            (f"`{cookie.name}`", cookie.purpose, _lifetime(cookie.max_age), cookie.attributes)
            for cookie in DECLARED.values()
        ),
    )


def add_user(name: str) -> str:
    """Return the line for `.env` that lets `name` sign in, with the users there are already.

    Raises:
        SystemExit: the name is empty or too long, or the passwords differ or are too short.
    """
    if not 1 <= len(name) <= 150:
        sys.exit("A user's name has 1 to 150 characters.")
    password = getpass.getpass(f"Password of {name}: ")
    if not 8 <= len(password) <= 1024:
        sys.exit("A password has 8 to 1024 characters.")  # ASVS 6.2.1
    if password != getpass.getpass("The same again: "):
        sys.exit("The passwords differ. Nothing was changed.")
    users = load_settings().users | {name: HASHER.hash(password)}
    print("Put this line into .env, in place of the one with USERS=, and restart the app:")
    # What would end the value in .env, and what python-dotenv takes for something else.
    text = json.dumps(users)
    for special in ("\\\\", "'", "${"):
        text = text.replace(special, f"\\u{ord(special[0]):04x}{special[1:].lstrip(special[0])}")
    return f"USERS='{text}'"


def list_sessions(user: str) -> str:
    """Return the sessions of `user` as a Markdown table."""
    found = _with_sessions(lambda sessions: sessions.of_user(user))
    rows = ((each.id, _time(each.created_at), _time(each.seen_at), each.browser) for each in found)
    return _table(("Id", "Created", "Last seen", "Browser"), *rows)


def end_sessions(user: str | None, session_id: str | None) -> str:
    """End the sessions of `user` (None: everybody's), or one; say how many there were."""
    if user is None and session_id is not None:
        sys.exit("--id goes with a user, not with --all.")

    async def end(sessions: Sessions) -> int:
        if user is None:
            return await sessions.store.clear()
        if session_id is None:
            return await sessions.end_all(user)
        return int(await sessions.end(session_id, user))

    return f"Ended {_with_sessions(end)} of {'everybody' if user is None else user}'s sessions."


def _with_sessions(work: Callable[[Sessions], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        settings = load_settings()
        sessions = create_sessions(settings, Users(settings.users))
        try:
            return await work(sessions)
        finally:
            await sessions.store.close()

    try:
        return asyncio.run(run())
    except StoreUnavailableError as error:
        sys.exit(error.detail)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _table(header: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _lifetime(max_age: int | None) -> str:
    if max_age is None:
        return "until the browser closes"
    return f"{max_age // DAY} days" if max_age % DAY == 0 else f"{max_age} seconds"


def _cell(text: str) -> str:
    # A bar or a line break would end the cell (GitHub Flavored Markdown, section 4.10).
    text = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    main()
