"""Commands: `python -m app --help` lists them."""

from app.kit.commands import cookie_commands, run

run(cookie_commands("app.routes"))
