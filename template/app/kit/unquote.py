"""A fix for older Pythons, which read quoted cookies in quadratic time (CVE-2024-7592).

Python 3.11.10, 3.12.6 and 3.13 have it. Starlette reads every Cookie header with the
function in question, whether or not the app asks for a cookie.
"""

import http.cookies
import re

_ESCAPE = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")


def unquote(text: str) -> str:
    """Return what is in quotes, or `text` where it is not quoted: as in Python 3.13."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return _ESCAPE.sub(_character, text[1:-1])


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 8)) if escape[1] else escape[2]


if not hasattr(http.cookies, "_unquote_sub"):  # Fixed versions have this name.
    # Private, since http.cookies has no setting for it.
    http.cookies._unquote = unquote  # type: ignore[assignment]
