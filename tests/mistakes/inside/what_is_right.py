"""As like the mistakes as can be, and right."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response, WebSocket
from fastapi.responses import JSONResponse, RedirectResponse

from app.cookies import LOCALE, PREFERENCES, Preferences
from app.kit import set_cookie_header
from app.settings import SettingsDep
from app.sign_in import SESSION, CurrentSession, CurrentVisitor, SessionData, SessionsDep, auth

router = APIRouter()
members = APIRouter(dependencies=[Depends(auth.required)])
Stored = Annotated[Preferences | None, Depends(PREFERENCES.read)]


@router.get("/right")
async def read(request: Request, stored: Stored, settings: SettingsDep) -> str | None:
    assert request.cookies.get("somebody-elses") is None
    return request.cookies.get("theirs", f"{stored} {settings.max_body_size}")


@router.websocket("/right/socket")
async def listen(websocket: WebSocket, response: Response) -> None:
    LOCALE.set(response, "en")
    await websocket.accept()
    await websocket.close()


@members.get("/right/callback", responses={303: {"headers": set_cookie_header(SESSION)}})
async def come_back(
    session: CurrentSession, visitor: CurrentVisitor, sessions: SessionsDep
) -> RedirectResponse:
    def change(data: SessionData) -> SessionData:
        fields = {"data": data.model_dump()}
        fields.update(data={})
        return data.model_copy(update=fields["data"])

    await session.update(change)  # safe: `state` shows that it began here
    await sessions.reread(session)
    token, _ = await visitor.sign_in_as(session.user)
    response = RedirectResponse("/", 303)
    SESSION.set(response, token)
    return response


@router.post("/right/refusal", responses={400: {}})
async def refuse() -> JSONResponse:
    response = JSONResponse({})
    LOCALE.set(response, "en")
    raise HTTPException(400, "No.")


router.include_router(members)
