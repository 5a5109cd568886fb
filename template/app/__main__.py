"""Commands: `python -m app --help` lists them."""

import argparse

import app.cookies  # noqa: F401 - declares the cookies
from app.declaration import DAY, DECLARED


def main(arguments: list[str] | None = None) -> None:
    """Run the command in `arguments`, by default those of the command line."""
    parser = argparse.ArgumentParser(prog="python -m app")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    table = commands.add_parser("cookies", help="print every cookie as a Markdown table")
    table.set_defaults(run=cookie_table)
    print(parser.parse_args(arguments).run())


def cookie_table() -> str:
    """Return every cookie of this app as a Markdown table, for a privacy page."""
    rows = [
        ("Name", "Purpose", "Lifetime", "Attributes"),
        ("---", "---", "---", "---"),
        *(
            (f"`{cookie.name}`", cookie.purpose, _lifetime(cookie.max_age), cookie.attributes)
            for cookie in DECLARED.values()
        ),
    ]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _lifetime(max_age: int | None) -> str:
    if max_age is None:
        return "until the browser closes"
    return f"{max_age // DAY} days" if max_age % DAY == 0 else f"{max_age} seconds"


def _cell(text: str) -> str:
    # A bar or a line break would end the cell (GitHub Flavored Markdown, section 4.10).
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    main()
