from fastapi import APIRouter

from app.settings import Settings

router = APIRouter()


@router.post("/limits")
async def read_limits(settings: Settings) -> int:
    return settings.max_body_size
