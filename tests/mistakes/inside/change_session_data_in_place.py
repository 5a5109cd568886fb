from fastapi import APIRouter

from app.sign_in import CurrentSession

router = APIRouter()


@router.post("/basket/{item}")
async def add(item: str, session: CurrentSession) -> None:
    session.data.items.append(item)
    session.data.counts[item] = 1
