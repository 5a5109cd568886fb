from fastapi import APIRouter
from fastapi.responses import JSONResponse, RedirectResponse

from app.cookies import LOCALE

router = APIRouter()


@router.post("/language", status_code=303, response_class=RedirectResponse)
async def choose_language() -> RedirectResponse:
    response = JSONResponse({"locale": "en"})
    LOCALE.set(response, "en")
    return RedirectResponse("/", 303)
