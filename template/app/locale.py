"""The visitor's locale: a dependency that sets a cookie and a header."""

from typing import Annotated

from fastapi import Depends, Header, Response

from app.cookies import LOCALE
from app.kit import best_language

GREETINGS = {"en": "Hello", "de": "Hallo", "es": "Hola", "fr": "Bonjour"}
"""What this app says in each locale that it speaks. The first one is the default."""


async def settle_locale(
    response: Response,
    remembered: Annotated[str | None, Depends(LOCALE.read)],
    accept_language: Annotated[str, Header()] = "",
) -> str:
    """Settle the locale, remember it in a cookie and name it in `Content-Language`.

    A dependency can set cookies and headers on the temporal response, whatever the path
    operation returns: here, they arrive.
    """
    if remembered in GREETINGS:
        locale = remembered
    else:
        locale = best_language(accept_language, GREETINGS)
        LOCALE.set(response, locale)
    response.headers["Content-Language"] = locale
    response.headers.append("Vary", "Accept-Language")
    return locale


Locale = Annotated[str, Depends(settle_locale)]
