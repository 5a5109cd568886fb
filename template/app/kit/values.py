"""How values travel: percent-encoded UTF-8; and what other writers left in browsers is read, too.

Starlette's `set_cookie`, a script in a page and other frameworks write otherwise. Their values are
read as what they are, or count as absent where nobody can tell.
"""

import re
from urllib.parse import quote, unquote

# RFC 10025, section 4.1.1: cookie-octet, without "%", which starts an escape.
_COOKIE_OCTETS = "!#$&'()*+-./:<=>?@[]^_`{|}~"
# What somebody percent-encoded, `encodeURI` among them, which leaves "," as it is.
_ENCODED = re.compile(r"[!#$&-:<-\[\]-~]*(?:%[0-9A-Fa-f]{2}[!#$&-:<-\[\]-~]*)*")
_ESCAPED_IN_JAVASCRIPT = re.compile("%u[0-9A-Fa-f]{4}")  # by `escape`, which is no UTF-8
# http.cookies puts nothing in quotes that has only these; of such, nobody can tell who wrote it.
_NEEDS_NO_QUOTES = rb"[A-Za-z0-9!#$%&'*+.^_`|~:-]+"
_QUOTED = re.compile(rb'"(?!' + _NEEDS_NO_QUOTES + rb'"$)(?:[^"\\]|\\["\\]|\\[0-3][0-7][0-7])*"')
_IN_QUOTES = re.compile(rb'\\(?:(["\\])|([0-3][0-7][0-7]))')


def encoded(text: str) -> str:
    """Return `text` as it travels. A page reads it with `decodeURIComponent`."""
    return quote(text, safe=_COOKIE_OCTETS)


def decoded(raw: str) -> str:
    """Return the text of `raw`, a value that a client sent, whose characters are its bytes.

    Raises ValueError where nobody can tell what it is.
    """
    sent = raw.encode("latin-1")
    if len(sent) > 1 and sent.startswith(b'"') and sent.endswith(b'"'):
        return _unquoted(sent)
    text = sent.decode("utf-8")
    if _ENCODED.fullmatch(text):
        return unquote(text, errors="strict")
    if _ESCAPED_IN_JAVASCRIPT.search(text):
        raise ValueError("written by JavaScript's escape")
    # Whoever percent-encodes leaves no space, quote or other letter: so each "%" is one.
    return text


def _unquoted(sent: bytes) -> str:
    r"""Return what is in quotes, in which nothing is percent-encoded.

    `http.cookies`, by which Starlette and Django write, has `\374` for U+00FC, Werkzeug `\303\274`.
    """
    if not _QUOTED.fullmatch(sent):
        raise ValueError("not a quoted string")
    content = _IN_QUOTES.sub(lambda it: it[1] or bytes([int(it[2], 8)]), sent[1:-1])
    if content.isascii() or not sent.isascii():
        return content.decode("utf-8")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
    raise ValueError("it can be either's")
