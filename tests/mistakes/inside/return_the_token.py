from fastapi import APIRouter, Response

from app.kit import set_cookie_header
from app.sign_in import SESSION, CurrentSession, CurrentVisitor

router = APIRouter()


@router.post("/token", responses={200: {"headers": set_cookie_header(SESSION)}})
async def renew(
    session: CurrentSession, visitor: CurrentVisitor, response: Response
) -> dict[str, str]:
    token, _ = await visitor.sign_in_as(session.user)
    SESSION.set(response, token)
    return {"access_token": token, "token_type": "bearer"}
