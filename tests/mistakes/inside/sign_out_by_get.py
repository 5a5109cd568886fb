from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from app.sign_in import SESSION, CurrentVisitor

router = APIRouter()


@router.get("/logout", status_code=303, include_in_schema=False)
async def logout(visitor: CurrentVisitor) -> RedirectResponse:
    await visitor.sign_out()
    response = RedirectResponse("/", 303)
    SESSION.delete(response)
    return response
