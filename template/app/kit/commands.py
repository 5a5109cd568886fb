"""Commands: `python -m app --help` lists them."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from app.kit.cookie import DECLARED

Commands = Callable[["argparse._SubParsersAction[argparse.ArgumentParser]"], None]
"""Adds commands to a parser. Each has a default `run`, which returns what to print."""


def run(*groups: Commands, arguments: list[str] | None = None) -> None:
    """Run the command in `arguments`, by default those of the command line."""
    parser = argparse.ArgumentParser(prog="python -m app")
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for add_commands in groups:
        add_commands(parsers)
    with _printing():
        options = vars(parser.parse_args(arguments))  # prints what --help asks for
    try:
        text = options.pop("run")(**options)
        with _printing():
            print(text)
    except (EOFError, KeyboardInterrupt, UnicodeError) as error:
        sys.exit(f"Stopped: {type(error).__name__}")


@contextmanager
def _printing() -> Iterator[None]:
    """Exit as other tools do if output cannot be written: `| true`, a full disk."""
    if sys.stdout is None:  # closed: `>&-`
        sys.exit("Stopped: there is no standard output.")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        # Python would try again at its end, and print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(141)  # what shells report: 128 and the number of SIGPIPE
        sys.exit(f"Stopped: {error}")


def cookie_commands(declarations: str) -> Commands:
    """Return the command about cookies. The module `declarations` declares them."""

    def cookie_table() -> str:
        import_module(declarations)
        rows = [
            (f"`{cookie.name}`", cookie.purpose, cookie.lifetime, cookie.attributes)
            for cookie in DECLARED.values()
        ]
        return markdown_table(("Name", "Purpose", "Lifetime", "Attributes"), *rows)

    def add_commands(
        parsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
    ) -> None:
        text = "print every cookie as a Markdown table, for a privacy page"
        parsers.add_parser("cookies", help=text).set_defaults(run=cookie_table)

    return add_commands


def markdown_table(header: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    """Return a table in GitHub Flavored Markdown."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    # A bar or a line break would end the cell (GitHub Flavored Markdown, section 4.10).
    printable = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(printable.replace("|", "\\|").split())
