"""The visitor's locale: from their cookie, else from what their browser asks for."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from app.cookies import LOCALE

GREETINGS = {"en": "Hello", "de": "Hallo", "es": "Hola", "fr": "Bonjour"}
"""What this app says in each locale that it speaks. The first one is the default."""

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


async def settle_locale(
    response: Response,
    remembered: Annotated[str | None, Depends(LOCALE.read)],
    accept_language: Annotated[str, Header()] = "",
) -> str:
    """Settle the locale, remember it in a cookie and name it in `Content-Language`.

    A dependency can set cookies and headers on the temporal response, whatever the path
    operation returns: here, they arrive.
    """
    asked_for = _by_preference(accept_language)
    spoken = [tag for tag in (remembered, *asked_for) if tag in GREETINGS]
    locale = [*spoken, *GREETINGS][0]
    if locale != remembered:
        LOCALE.set(response, locale)
    response.headers["Content-Language"] = locale
    response.headers.append("Vary", "Accept-Language")
    return locale


Locale = Annotated[str, Depends(settle_locale)]


def _by_preference(accept_language: str) -> list[str]:
    """Return the primary language tags, the most wanted first (RFC 9110, section 12.5.4).

    By hand, because the libraries that do it bring a whole framework or all of CLDR along.
    """
    ranked: list[tuple[float, str]] = []
    for choice in accept_language.replace(" ", "").split(","):
        tag, _, quality = choice.partition(";q=")
        # A client may send anything here, such as "nan".
        if _QUALITY.fullmatch(quality or "1"):
            ranked.append((float(quality or 1), tag.split("-")[0].lower()))
    ranked.sort(key=lambda choice: -choice[0])
    return [tag for quality, tag in ranked if quality > 0]
