from fastapi import APIRouter, Request

from app.cookies import LOCALE

router = APIRouter()


@router.get("/spoken")
async def read_spoken(request: Request) -> list[str | None]:
    return [request.cookies.get("preferences"), request.cookies[LOCALE.name]]
