"""Which URL is which store."""

import re
import sys

from app.kit.sessions.store import Store

_REDIS = [f"redis{tls}{kind}" for tls in ("", "s") for kind in ("", "+sentinel", "+cluster")]
ENGINES = {"sqlite": "sqlite", "postgres": "postgresql", "postgresql": "postgresql"}
ENGINES |= dict.fromkeys(_REDIS, "redis")
"""The engine, which is also the extra with its driver, by the URL's scheme."""

# RFC 3986, section 3.2, without what parsers disagree on. A list of hosts is libpq's.
_TEXT = r"([\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_HOST = r"([\w.-]*|\[[0-9A-Fa-f:.]+\])(:\d+)?"
_SERVER = rf"({_TEXT}(:{_TEXT})?@)?{_HOST}(,{_HOST})*(/[^\s?#@]*)?(\?[^\s#@]*)?"
_SENTINEL = r"(.*@)?[^/,]+:\d+(,[^/,]+:\d+)*/[^/?]+(/\d+)?"


def check_store_url(url: str) -> str:
    """Return `url` if it names a store; else ValueError, which shows nothing of it."""
    scheme, separator, rest = url.partition("://")
    if scheme not in ENGINES or not separator:
        raise ValueError(f"write sqlite:///FILE, or a URL with one of {', '.join(ENGINES)}.")
    if scheme == "sqlite":
        if not re.fullmatch(r"/[^?#]*[^/?#]", rest):
            raise ValueError("write sqlite:///FILE, with three slashes and no ? or # behind it.")
        if rest == "/:memory:":
            raise ValueError("several processes do not share a memory; write sqlite:///FILE.")
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
    elif scheme in ("redis", "rediss") and not re.fullmatch(r"[^/?]*(/\d*)?(\?.*)?", rest):
        raise ValueError(f"write {scheme}://HOST:PORT/NUMBER: a database of Redis is a number.")
    return url


def open_store(url: str) -> Store:
    """Return the store that `url` names, which connects when it is first used; or exit."""
    engine = ENGINES[check_store_url(url).partition("://")[0]]
    try:
        if engine == "sqlite":
            from app.kit.sessions.sqlite import SQLiteStore

            return SQLiteStore(url.removeprefix("sqlite:///"))
        if engine == "redis":
            from app.kit.sessions.redis import RedisStore

            return RedisStore(url)
        from app.kit.sessions.postgresql import PostgreSQLStore

        return PostgreSQLStore(url)
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        sentence = f"{missing} is not installed; run `uv sync --extra {engine}`."
    except ValueError:
        sentence = f"the driver for {engine} cannot read it; look at its port and its options."
    # Outside of the except block: what the driver says can hold the password.
    sys.exit(f"Settings: SESSION_STORE: {sentence}")
