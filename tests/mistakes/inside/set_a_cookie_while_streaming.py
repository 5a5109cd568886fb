from collections.abc import AsyncIterator

from fastapi import APIRouter, Response

from app.cookies import LOCALE

router = APIRouter()


@router.get("/lines")
async def lines(response: Response) -> AsyncIterator[str]:
    yield "One."
    LOCALE.set(response, "en")
    yield "Two."
