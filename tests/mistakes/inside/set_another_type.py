from fastapi import APIRouter, Response

from app.cookies import PREFERENCES

router = APIRouter()


@router.post("/dark")
async def make_it_dark(response: Response) -> None:
    PREFERENCES.set(response, {"theme": "dark"})  # type: ignore[arg-type]
