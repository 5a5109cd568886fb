"""What SESSION_STORE may be: the URL of a store."""

import re

ENGINES = {
    "sqlite": "sqlite",
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "redis": "redis",
    "redis+sentinel": "redis",
    "redis+cluster": "redis",
    "rediss": "redis",
    "rediss+sentinel": "redis",
    "rediss+cluster": "redis",
}
"""The engine by the URL's scheme. The extra with its driver has the same name."""

_SQLITE = r"/(?!:memory:$)[^?#]*[^/?#]"

# RFC 3986, section 3.2, without what parsers disagree on. libpq knows a list of hosts.
_TEXT = r"([\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_PORT = r"0*([1-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
_HOST = rf"([\w.-]*|\[[0-9A-Fa-f:.]+\])(:{_PORT})?"
_SERVER = rf"({_TEXT}(:{_TEXT})?@)?{_HOST}(,{_HOST})*(/[^\s?#@]*)?(\?[^\s#@]*)?"

_REDIS = r"(.*@)?[^/?,]*(/\d*)?(\?.*)?"
_SENTINEL = r"(.*@)?[^/,]+:\d+(,[^/,]+:\d+)*/[^/?]+(/\d+)?"


def engine_of(url: str) -> str:
    """Return the engine that a checked URL names."""
    return ENGINES[url.partition("://")[0]]


def check_store_url(url: str) -> str:
    """Return `url` if it names a store.

    Raises ValueError if it does not. The message repeats nothing of the URL but its
    scheme: the URL may hold a password.
    """
    scheme, separator, rest = url.partition("://")
    if scheme not in ENGINES or not separator:
        schemes = ", ".join(ENGINES)
        raise ValueError(f"write sqlite:///FILE, or a URL with one of {schemes}.")
    if scheme == "sqlite":
        if not re.fullmatch(_SQLITE, rest):
            raise ValueError(
                "write sqlite:///FILE, three slashes, no ? or #, and not :memory:."
            )
        return url
    if not re.fullmatch(_SERVER, rest, re.ASCII):
        raise ValueError(
            "write SCHEME://USER:PASSWORD@HOST:PORT/NAME, and percent-encode special "
            "characters in the password: a space is %20, # is %23, % is %25, / is %2F, "
            "? is %3F, @ is %40."
        )
    if scheme.endswith("+sentinel") and not re.fullmatch(_SENTINEL, rest):
        raise ValueError(
            f"write {scheme}://HOST:PORT/MASTER, with the port of each sentinel "
            "(mostly 26379) and the name by which they know the master."
        )
    is_redis = re.fullmatch(r"rediss?(\+cluster)?", scheme)
    if is_redis and not re.fullmatch(_REDIS, rest):
        raise ValueError(
            f"write {scheme}://HOST:PORT/NUMBER: one host, a database's number."
        )
    return url
