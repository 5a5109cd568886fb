"""Which URL is which store."""

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from pkgutil import resolve_name

from app.kit.project import find
from app.kit.sessions.store import Store

_KINDS = [f"redis{tls}{kind}" for tls in ("", "s") for kind in ("", "+sentinel", "+cluster")]
ENGINES = {"sqlite": "sqlite", "postgres": "postgresql", "postgresql": "postgresql"}
ENGINES |= dict.fromkeys(_KINDS, "redis")
"""The engine, which is also the extra with its driver, by the URL's scheme."""
_SETTING = "Settings: SESSION_STORE:"
_STORES = {"sqlite": "SQLiteStore", "redis": "RedisStore", "postgresql": "PostgreSQLStore"}

# RFC 3986, section 3.2, without what parsers disagree on. A list of hosts is libpq's.
_TEXT = r"([\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_PORT = r"0*([1-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
_HOST = rf"([\w.-]*|\[[0-9A-Fa-f:.]+\])(:{_PORT})?"
_SERVER = rf"({_TEXT}(:{_TEXT})?@)?{_HOST}(,{_HOST})*(/[^\s?#@]*)?(\?[^\s#@]*)?"
_REDIS = r"(.*@)?[^/?,]*(/\d*)?(\?.*)?"
_SENTINEL = r"(.*@)?[^/,]+:\d+(,[^/,]+:\d+)*/[^/?]+(/\d+)?"


def check_store_url(url: str) -> str:
    """Return `url` if it names a store; else ValueError, which shows nothing of it."""
    scheme, separator, rest = url.partition("://")
    if scheme not in ENGINES or not separator:
        raise ValueError(f"write sqlite:///FILE, or a URL with one of {', '.join(ENGINES)}.")
    if scheme == "sqlite":
        if not re.fullmatch(r"/(?!:memory:$)[^?#]*[^/?#]", rest):
            raise ValueError("write sqlite:///FILE, three slashes, no ? or #, and not :memory:.")
    elif not re.fullmatch(_SERVER, rest, re.ASCII):
        raise ValueError(
            "write SCHEME://USER:PASSWORD@HOST:PORT/NAME, with what is special in the password "
            "percent-encoded: a space is %20, # is %23, % is %25, / is %2F, ? is %3F, @ is %40."
        )
    elif scheme.endswith("+sentinel") and not re.fullmatch(_SENTINEL, rest):
        raise ValueError(
            f"write {scheme}://HOST:PORT/MASTER, with the port of each sentinel (mostly 26379) and "
            "the name that they call the master by."
        )
    elif re.fullmatch(r"rediss?(\+cluster)?", scheme) and not re.fullmatch(_REDIS, rest):
        raise ValueError(f"write {scheme}://HOST:PORT/NUMBER: one host, a database's number.")
    return url


def open_store(url: str) -> Store:
    """Return the store that `url` names, which connects when it is first used; or exit."""
    engine = ENGINES[check_store_url(url).partition("://")[0]]
    if engine == "sqlite":
        path = find(Path(url.removeprefix("sqlite:///")))
        if wrong := _in_the_way(path):
            sys.exit(f"{_SETTING} {wrong}.")
        url = f"sqlite:///{path}"
    try:
        named = resolve_name(f"app.kit.sessions.{engine}:{_STORES[engine]}")
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        sys.exit(f"{_SETTING} {missing} is not installed; run `uv sync --extra {engine}`.")
    with suppress(Exception):  # Drivers raise anything.
        store: Store = named(url)
        return store
    # Outside of the block: what the driver says can hold the password.
    sys.exit(f"{_SETTING} the driver for {engine} cannot read it; look at its port and options.")


def _in_the_way(path: Path) -> str:
    """Return why SQLite cannot keep sessions in the file `path`; "" if nothing is known."""
    user = getattr(os, "getuid", lambda: "of this process")()  # Windows knows no uid
    try:
        path = path.resolve()  # beside the file that a link leads to, SQLite keeps two more
        if not path.parent.is_dir():
            return f"there is no folder {path.parent}; make the folder first"
        if path.is_dir():
            return f"{path} is a folder; name a file in it, such as {path / 'sessions.db'}"
        if not os.access(path.parent, os.W_OK | os.X_OK):
            return (
                f"the user {user} may not write into the folder {path.parent}, where SQLite keeps "
                f"{path.name} and files beside it; allow it, or name a file in another folder"
            )
        for each in (path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))):
            if each.exists() and not os.access(each, os.R_OK | os.W_OK):
                return f"the user {user} may not read and write {each}; allow it, or name another"
    except (OSError, RuntimeError) as error:  # a folder that it may not enter; a link to itself
        return f"the user {user} cannot reach {path}: {error}"
    return ""
