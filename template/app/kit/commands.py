"""Commands: `python -m app --help` lists them."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from app.kit.cookie import DECLARED

Commands = Callable[["argparse._SubParsersAction[argparse.ArgumentParser]"], None]
"""Adds commands to a parser. What a command prints is what its default `run` returns."""


def run(*groups: Commands, arguments: list[str] | None = None) -> None:
    """Run the command in `arguments`, by default those of the command line."""
    parser = argparse.ArgumentParser(prog="python -m app")
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for add_commands in groups:
        add_commands(parsers)
    with _printing():
        options = vars(parser.parse_args(arguments))  # prints what --help asks for
    try:
        told = options.pop("run")(**options)
        with _printing():
            print(told)
    except (EOFError, KeyboardInterrupt, UnicodeError) as error:
        sys.exit(f"Stopped: {type(error).__name__}")


@contextmanager
def _printing() -> Iterator[None]:
    """Exit as other tools do where what is printed gets nowhere: `| true`, a full disk."""
    if sys.stdout is None:  # closed: `>&-`
        sys.exit("Stopped: there is no standard output.")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        # Or Python would try once more as it ends, and show a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # Where nobody reads on, a shell sees 128 and the number of SIGPIPE.
        sys.exit(141 if isinstance(error, BrokenPipeError) else f"Stopped: {error}")


def cookie_commands(declarations: str) -> Commands:
    """Return the command about cookies, which imports the module `declarations` to find them."""

    def cookie_table() -> str:
        import_module(declarations)
        rows = [(f"`{e.name}`", e.purpose, e.lifetime, e.attributes) for e in DECLARED.values()]
        return markdown_table(("Name", "Purpose", "Lifetime", "Attributes"), *rows)

    text = "print every cookie as a Markdown table, for a privacy page"
    return lambda parsers: parsers.add_parser("cookies", help=text).set_defaults(run=cookie_table)


def markdown_table(header: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    """Return a table in GitHub Flavored Markdown."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    # A bar or a line break would end the cell (GitHub Flavored Markdown, section 4.10).
    printable = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(printable.replace("|", "\\|").split())
