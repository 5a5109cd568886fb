"""Commands: `python -m app --help` lists them."""

from app.kit.commands import cookie_commands, run
from app.kit.sessions.commands import session_commands

run(cookie_commands("app.routes"), session_commands("app.sign_in:open_sessions"))
