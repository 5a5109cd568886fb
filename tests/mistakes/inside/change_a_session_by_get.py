from typing import Annotated

from fastapi import APIRouter, Depends

from app.sign_in import CurrentSession, SessionsDep

router = APIRouter()


async def begin_anew(session: CurrentSession) -> None:
    await session.update(lambda data: data.model_copy())


@router.get("/anew", dependencies=[Depends(begin_anew)])
async def anew(session: CurrentSession, sessions: SessionsDep) -> Annotated[int, "ended"]:
    return await sessions.end_all(session.user.id, except_for=session)
