from fastapi import APIRouter

from app.sign_in import CurrentSession, sessions

router = APIRouter(prefix="/books", tags=["books"])


@router.get("")
async def list_books(session: CurrentSession) -> list[str]:
    return [session.user.name]
