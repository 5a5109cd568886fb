from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import APIKeyCookie

from app.cookies import LOCALE

router = APIRouter()
scheme = APIKeyCookie(name=LOCALE.name)


async def language(value: Annotated[str, Depends(scheme)]) -> str:
    return value


@router.get("/language")
async def read_language(language: Annotated[str, Depends(language)]) -> str:
    return language
