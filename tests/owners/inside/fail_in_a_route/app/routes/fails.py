from fastapi import APIRouter

router = APIRouter()


@router.get("/fails")
async def fail() -> None:
    raise LookupError
