"""Every cookie that this app sets, each declared once. README.md shows how to add one."""

from typing import Literal

from pydantic import BaseModel, Field

from app.kit import DAY, Cookie

FAKESESSION = Cookie(
    "fakesession",
    str,
    purpose="The example of FastAPI's documentation.",
    # As in the documentation, which sets no attribute. Cookies of yours are Secure and HttpOnly.
    secure=False,
    httponly=False,
)

LOCALE = Cookie(
    "locale",
    str,
    purpose="Remembers the language in which you were welcomed.",
    max_age=365 * DAY,
)


class Preferences(BaseModel):
    """How a visitor wants the pages to look."""

    theme: Literal["system", "light", "dark"] = "system"
    text_size: int = Field(default=100, ge=50, le=200, description="Percent of the usual size")


PREFERENCES = Cookie(
    "preferences",
    Preferences,
    purpose="Remembers how you want the pages to look.",
    max_age=365 * DAY,
    # Scripts in the page read it, to apply the theme before anything is drawn.
    httponly=False,
)
