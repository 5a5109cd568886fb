from datetime import UTC, datetime

from fastapi import APIRouter

from app.sign_in import CurrentSession, SessionData

router = APIRouter(prefix="/basket", tags=["basket"])


@router.get("")
async def read_basket(session: CurrentSession) -> SessionData:
    return session.data


@router.put("/{item}")
async def add(item: str, number: int, session: CurrentSession) -> SessionData:
    def change(data: SessionData) -> SessionData:
        basket = {**data.basket, item: number}
        return data.model_copy(update={"basket": basket, "seen": datetime.now(UTC)})

    return (await session.update(change)).data
