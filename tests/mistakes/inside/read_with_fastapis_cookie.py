from typing import Annotated

from fastapi import APIRouter, Cookie

router = APIRouter()


@router.get("/theme")
async def read_theme(preferences: Annotated[str | None, Cookie()] = None) -> str | None:
    return preferences
