from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, Response

from app.cookies import LOCALE


async def remember(response: Response) -> AsyncIterator[None]:
    yield
    LOCALE.set(response, "en")


router = APIRouter(dependencies=[Depends(remember)])


@router.get("/chapter")
async def read_chapter() -> str:
    return "One."
