"""How values are encoded: percent-encoded UTF-8.

Starlette's `set_cookie`, scripts and other frameworks encode in other ways, and
browsers may still have such cookies. They are read for what they are, or count as
absent where that is unclear.
"""

import re
from urllib.parse import quote, unquote

from pydantic import BaseModel

# cookie-octet (RFC 10025, section 4.1.1), but not "%", which starts an escape.
_COOKIE_OCTETS = "!#$&'()*+-./:<=>?@[]^_`{|}~"
# Percent-encoded text. "," is allowed, because JavaScript's `encodeURI` leaves it.
_PLAIN = r"[!#$&-:<-\[\]-~]*"
_ENCODED = re.compile(_PLAIN + "(?:%[0-9A-Fa-f][0-9A-Fa-f]" + _PLAIN + ")*")
# JavaScript's `escape` encodes in UTF-16.
_ESCAPED_IN_JAVASCRIPT = re.compile("%u[0-9A-Fa-f]{4}")
# http.cookies puts nothing in quotes that has only these characters. In quotes they
# come from somebody else, whose escapes are unknown.
_NEEDS_NO_QUOTES = rb"[A-Za-z0-9!#$%&'*+.^_`|~:-]+"
_QUOTED = re.compile(
    rb'"(?!' + _NEEDS_NO_QUOTES + rb'"$)(?:[^"\\]|\\["\\]|\\[0-3][0-7][0-7])*"'
)
_ESCAPE_IN_QUOTES = re.compile(rb'\\(?:(["\\])|([0-3][0-7][0-7]))')


def json_of(model: BaseModel) -> str | None:
    """Return `model` as JSON; None if that does not read back as an equal model."""
    try:
        # Warnings would show the value.
        json = model.model_dump_json(by_alias=True, warnings=False)
        reads_back = type(model).model_validate_json(json) == model
    except Exception:  # Serializers, validators and __eq__ can raise anything.
        return None
    return json if reads_back else None


def encoded(text: str) -> str:
    """Return `text` percent-encoded; in a page, `decodeURIComponent` reads it.

    Raises UnicodeEncodeError for half of a surrogate pair.
    """
    return quote(text, safe=_COOKIE_OCTETS)


def decoded(raw: str) -> str:
    """Return the text that `raw` stands for: a value as sent, one character a byte.

    Raises ValueError if it is unclear.
    """
    sent = raw.encode("latin-1")
    if len(sent) > 1 and sent.startswith(b'"') and sent.endswith(b'"'):
        return _unquoted(sent)
    text = sent.decode("utf-8")
    if _ENCODED.fullmatch(text):
        return unquote(text, errors="strict")
    if _ESCAPED_IN_JAVASCRIPT.search(text):
        raise ValueError("encoded with JavaScript's escape")
    # Percent-encoding leaves no spaces, quotes or other letters. This text has some, so
    # it is not encoded, and each "%" in it is just that.
    return text


def _unquoted(sent: bytes) -> str:
    r"""Return what is in quotes. Nothing in it is percent-encoded.

    For U+00FC, `http.cookies` writes its number, `\374` (Starlette, Django), and
    Werkzeug its UTF-8, `\303\274`.
    """
    if not _QUOTED.fullmatch(sent):
        raise ValueError("not a quoted string")
    content = _ESCAPE_IN_QUOTES.sub(_unescaped, sent[1:-1])
    if content.isascii() or not sent.isascii():
        return content.decode("utf-8")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
    raise ValueError("written by http.cookies or by Werkzeug: they differ")


def _unescaped(escape: re.Match[bytes]) -> bytes:
    character, octal = escape.groups()
    return character or bytes([int(octal, 8)])
