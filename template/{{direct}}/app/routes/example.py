"""The example of FastAPI's documentation, "Response Cookies"."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.cookies import FAKESESSION
from app.kit import filtered, set_cookie_header

router = APIRouter(tags=["example"])


class Message(BaseModel):
    message: str


@router.post(
    "/cookie/",
    response_model=Message,
    responses={200: {"headers": set_cookie_header(FAKESESSION)}},
)
async def create_cookie() -> JSONResponse:
    content = filtered(Message, {"message": "Come to the dark side, we have cookies"})
    response = JSONResponse(content=content)
    # As response.set_cookie(key="fakesession", value="fake-cookie-session-value").
    FAKESESSION.set(response, "fake-cookie-session-value")
    return response
