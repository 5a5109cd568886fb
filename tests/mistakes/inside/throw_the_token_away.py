from fastapi import APIRouter

from app.sign_in import CurrentVisitor

router = APIRouter()


@router.post("/sign-up")
async def sign_up(visitor: CurrentVisitor) -> str:
    user = await visitor._sessions.users.find("ada")
    assert user is not None
    _, session = await visitor.sign_in_as(user)
    return session.id
