from fastapi import APIRouter, Depends

from app.sign_in import CurrentSession

router = APIRouter(dependencies=[Depends(CurrentSession)])


@router.get("/members")
async def list_members() -> list[str]:
    return ["ada"]
