from typing import Annotated

from fastapi import APIRouter

from app.cookies import PREFERENCES, Preferences

router = APIRouter()
Stored = Annotated[Preferences | None, PREFERENCES.read]


@router.get("/looks")
async def read_looks(stored: Stored = None) -> Preferences:
    return stored or Preferences()
