"""A dependency sets a cookie and a header."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from app.cookies import LOCALE
from app.kit import set_cookie_header
from app.locale import GREETINGS, Locale

router = APIRouter(tags=["welcome"])


class Greeting(BaseModel):
    message: str
    locale: str


@router.get(
    "/welcome",
    response_model=Greeting,
    responses={200: {"headers": set_cookie_header(LOCALE)}},
)
async def welcome(locale: Locale) -> Any:
    # `spoken` does not leave the server: Greeting does not declare it.
    return {"message": GREETINGS[locale], "locale": locale, "spoken": list(GREETINGS)}
