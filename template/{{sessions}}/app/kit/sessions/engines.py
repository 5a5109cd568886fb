"""Which URL is which store."""

import sys
from contextlib import suppress
from pathlib import Path
from pkgutil import resolve_name

from app.kit.project import find
from app.kit.sessions.sqlite_path import problem_with
from app.kit.sessions.store import Store
from app.kit.sessions.store_url import check_store_url, engine_of

_SETTING = "Settings: SESSION_STORE:"
_STORES = {
    "sqlite": "app.kit.sessions.sqlite:SQLiteStore",
    "redis": "app.kit.sessions.redis:RedisStore",
    "postgresql": "app.kit.sessions.postgresql:PostgreSQLStore",
}


def open_store(url: str) -> Store:
    """Return the store that `url` names. It connects when it is first used.

    Exits with a sentence where that cannot work: a driver is not installed, say.
    """
    engine = engine_of(check_store_url(url))
    if engine == "sqlite":
        path = find(Path(url.removeprefix("sqlite:///")))
        if problem := problem_with(path):
            sys.exit(f"{_SETTING} {problem}.")
        url = f"sqlite:///{path}"
    try:
        store_class = resolve_name(_STORES[engine])
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        sys.exit(
            f"{_SETTING} {missing} is not installed; run `uv sync --extra {engine}`."
        )
    with suppress(Exception):  # Drivers raise anything.
        store: Store = store_class(url)
        return store
    # Not in an `except`: the driver's error, which may hold the password, would be
    # the context of this one.
    sys.exit(
        f"{_SETTING} the driver for {engine} cannot read it; look at its port and "
        "options."
    )
