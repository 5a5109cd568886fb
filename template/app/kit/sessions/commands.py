"""Commands for operators: who may sign in, who is signed in."""

import argparse
import asyncio
import getpass
import inspect
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, TypeAlias, TypeVar

from app.kit.commands import Commands, markdown_table
from app.kit.sessions.errors import StoreUnavailableError
from app.kit.sessions.session import Sessions

Result = TypeVar("Result")
AnySessions: TypeAlias = Sessions[Any, Any]
Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def session_commands(sessions: str, settings: str = "app.settings:load_settings") -> Commands:
    """Return the commands about users and sessions.

    They import what opens the sessions, and what loads the settings for it, when they run.
    """

    def open_sessions() -> AnySessions:
        opened: AnySessions = _import(sessions)(_import(settings)())
        return opened

    def add_commands(parsers: Parsers) -> None:
        _add_commands(parsers, open_sessions)

    return add_commands


def _add_commands(parsers: Parsers, open_sessions: Callable[[], AnySessions]) -> None:
    users = _group(parsers, "users", "who may sign in")
    add = users.add_parser("add", help="let somebody sign in")
    add.add_argument("name", metavar="NAME")
    add.set_defaults(run=lambda name: add_user(open_sessions(), name))

    sessions = _group(parsers, "sessions", "who is signed in")
    listing = sessions.add_parser("list", help="list the sessions of a user")
    listing.add_argument("user", metavar="USER", help="the user's id")
    listing.set_defaults(run=lambda user: list_sessions(open_sessions(), user))
    ending = sessions.add_parser("end", help="end the sessions of a user, or of everybody")
    whose = ending.add_mutually_exclusive_group(required=True)
    whose.add_argument("user", metavar="USER", nargs="?", help="the user's id")
    whose.add_argument("--all", dest="user", action="store_const", const=None, help="everybody's")
    ending.add_argument("--id", dest="session_id", metavar="ID", help="only this one")
    ending.set_defaults(run=lambda user, session_id: end_sessions(open_sessions, user, session_id))


def add_user(sessions: AnySessions, name: str) -> str:
    """Let `name` sign in with a password that is typed; return what to tell about it.

    Raises:
        SystemExit: the app cannot add users here, the name is empty or too long, or the passwords
            differ or are too short.
    """
    add = getattr(sessions.users, "add", None)
    if add is None:
        sys.exit("The users of this app have no method `add`; add one to app/users.py.")
    if not 1 <= len(name) <= 150:
        sys.exit("A user's name has 1 to 150 characters.")
    password = getpass.getpass(f"Password of {name}: ")
    if not 8 <= len(password) <= 1024:
        sys.exit("A password has 8 to 1024 characters.")  # ASVS 6.2.1
    if password != getpass.getpass("The same again: "):
        sys.exit("The passwords differ. Nothing was changed.")

    async def adding(_: AnySessions) -> str:
        told = add(name, password)
        return str(await told if inspect.isawaitable(told) else told)

    return _with(sessions, adding)


def list_sessions(sessions: AnySessions, user: str) -> str:
    """Return the sessions of a user as a Markdown table."""
    found = _with(sessions, lambda opened: opened.of_user(user))
    rows = ((each.id, _time(each.created_at), _time(each.seen_at), each.browser) for each in found)
    return markdown_table(("Id", "Created", "Last seen", "Browser"), *rows)


def end_sessions(
    open_sessions: Callable[[], AnySessions], user: str | None, session_id: str | None
) -> str:
    """End the sessions of a user (None: everybody's), or one; say how many there were."""
    if user is None and session_id is not None:
        sys.exit("--id goes with a user, not with --all.")

    async def end(sessions: AnySessions) -> int:
        if user is None:
            return await sessions.store.clear()
        if session_id is None:
            return await sessions.end_all(user)
        return int(await sessions.end(session_id, user))

    ended = _with(open_sessions(), end)
    return f"Ended {ended} of {'everybody' if user is None else user}'s sessions."


def _with(sessions: AnySessions, work: Callable[[AnySessions], Awaitable[Result]]) -> Result:
    async def working() -> Result:
        try:
            return await work(sessions)
        finally:
            await sessions.store.close()

    try:
        return asyncio.run(working())
    except StoreUnavailableError as error:
        sys.exit(error.detail)


def _import(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _group(parsers: Parsers, name: str, description: str) -> Parsers:
    parser = parsers.add_parser(name, help=description)
    return parser.add_subparsers(required=True, metavar="COMMAND")


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
