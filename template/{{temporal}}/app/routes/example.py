"""The example of FastAPI's documentation, "Response Cookies"."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from app.cookies import FAKESESSION
from app.kit import set_cookie_header

router = APIRouter(tags=["example"])


class Message(BaseModel):
    message: str


@router.post(
    "/cookie-and-object/",
    responses={200: {"headers": set_cookie_header(FAKESESSION)}},
)
async def create_cookie(response: Response) -> Message:
    # As response.set_cookie(key="fakesession", value="fake-cookie-session-value").
    FAKESESSION.set(response, "fake-cookie-session-value")
    return Message(message="Come to the dark side, we have cookies")
