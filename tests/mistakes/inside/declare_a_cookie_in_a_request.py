from fastapi import APIRouter, Response

from app.kit import Cookie

router = APIRouter()


@router.get("/hint")
async def hint(response: Response) -> str:
    hint = Cookie("hint", str, purpose="Shows each hint once.")
    hint.set(response, "seen")
    return "Read the documentation."
