from fastapi import APIRouter, Response

from app.cookies import LOCALE

router = APIRouter()


@router.get("/english")
async def english(response: Response) -> str:
    LOCALE.set(response, "en")
    return "Hello"
