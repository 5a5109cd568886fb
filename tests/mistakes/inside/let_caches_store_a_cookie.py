from fastapi import APIRouter, Response

from app.cookies import LOCALE
from app.kit import set_cookie_header

router = APIRouter()


@router.get("/front", responses={200: {"headers": set_cookie_header(LOCALE)}})
async def front(response: Response) -> str:
    LOCALE.set(response, "en")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return "The news."
