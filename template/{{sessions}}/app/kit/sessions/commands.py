"""Commands for operators: who may sign in, and who is signed in."""

import asyncio
import getpass
import inspect
import sys
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Awaitable
from datetime import UTC, datetime
from pkgutil import resolve_name
from typing import Any, TypeAlias, TypeVar

from app.kit.commands import Commands, markdown_table
from app.kit.sessions.errors import StoreUnavailableError, UsersUnavailableError
from app.kit.sessions.session import Sessions
from app.kit.sessions.unavailable import check_users
from app.kit.sessions.users import call

Result = TypeVar("Result")
AnySessions: TypeAlias = Sessions[Any, Any]
Parsers: TypeAlias = "_SubParsersAction[ArgumentParser]"


def session_commands(
    sessions: str, settings: str = "app.settings:load_settings"
) -> Commands:
    """Return the commands about users and sessions.

    Both arguments name functions, which are imported only when a command runs.
    """

    def opened() -> Any:
        open_sessions = resolve_name(sessions)
        load_settings = resolve_name(settings)
        return open_sessions(load_settings())

    def add_users_commands(parsers: Parsers) -> None:
        add = parsers.add_parser("add", help="let somebody sign in")
        add.add_argument("name", metavar="NAME")
        add.set_defaults(run=lambda name: add_user(opened(), name))

    def add_sessions_commands(parsers: Parsers) -> None:
        listing = parsers.add_parser("list", help="list the sessions of a user")
        listing.add_argument("user", metavar="USER", help="the user's id")
        listing.set_defaults(run=lambda user: list_sessions(opened(), user))

        end = parsers.add_parser(
            "end", help="end the sessions of a user, or of everybody"
        )
        whose = end.add_mutually_exclusive_group(required=True)
        whose.add_argument("user", metavar="USER", nargs="?", help="the user's id")
        whose.add_argument(
            "--all", dest="user", action="store_const", help="everybody's"
        )
        end.add_argument("--id", dest="session_id", metavar="ID", help="only this one")
        end.set_defaults(
            run=lambda user, session_id: end_sessions(opened(), user, session_id)
        )

    def add_commands(parsers: Parsers) -> None:
        users = parsers.add_parser("users", help="who may sign in")
        add_users_commands(users.add_subparsers(required=True, metavar="COMMAND"))
        signed_in = parsers.add_parser("sessions", help="who is signed in")
        add_sessions_commands(
            signed_in.add_subparsers(required=True, metavar="COMMAND")
        )

    return add_commands


def add_user(sessions: AnySessions, name: str) -> str:
    """Let `name` sign in, with a password that is typed; return what to print."""
    if not 1 <= len(name) <= 150:
        sys.exit("A user's name has 1 to 150 characters.")
    add = getattr(sessions.users, "add", None)
    if add is None:
        sys.exit("The users of this app have no method `add`; add one to app/users.py.")
    password = getpass.getpass(f"Password of {name}: ")
    if not 8 <= len(password) <= 1024:
        sys.exit("A password has 8 to 1024 characters.")  # ASVS 6.2.1
    if password != getpass.getpass("The same again: "):
        sys.exit("The passwords differ. Nothing was changed.")

    async def adding() -> str:
        told = add(name, password)
        if inspect.isawaitable(told):
            told = await told
        # Anything but text was not meant to be read: a row would show the hash.
        return told if isinstance(told, str) else f"Added {name}."

    return _run(sessions, adding())


def list_sessions(sessions: AnySessions, user: str) -> str:
    """Return the sessions of a user as a Markdown table."""
    records = [each.record for each in _run(sessions, sessions.of_user(user))]
    rows = (
        (each.id, _time(each.created_at), _time(each.seen_at), each.browser)
        for each in records
    )
    return markdown_table(("Id", "Created", "Last seen", "Browser"), *rows)


def end_sessions(
    sessions: AnySessions, user: str | None, session_id: str | None
) -> str:
    """End the sessions of a user (None: everybody's), or one; return how many ended."""
    if user == "":
        sys.exit("The user's id is empty. For everybody's sessions, write --all.")
    if user is None and session_id is not None:
        sys.exit("--id goes with a user, not with --all.")
    if user is None:
        ended = _run(sessions, sessions.store.clear())
    elif session_id is None:
        ended = _run(sessions, sessions.end_all(user))
    else:
        ended = int(_run(sessions, sessions.end(session_id, user)))
    return f"Ended {ended} of {user or 'everybody'}'s sessions."


def _time(seconds: int) -> str:
    return str(datetime.fromtimestamp(seconds, tz=UTC))


def _run(sessions: AnySessions, work: Awaitable[Result]) -> Result:
    """Run `work`, and close what it used. Exits if the store or the users are away."""

    async def working() -> Result:
        try:
            return await work
        except Exception:
            await check_users(sessions.users)  # raises if they are the reason
            raise
        finally:
            await sessions.store.close()
            await call(sessions.users, "close")

    try:
        return asyncio.run(working())
    except (StoreUnavailableError, UsersUnavailableError) as error:
        sys.exit(error.detail)
