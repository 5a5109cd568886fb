"""My sessions: list them, end one, end all others."""

from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.kit import filtered, set_cookie_header
from app.kit.sessions import CLEAR_SITE_DATA
from app.sign_in import SESSION, CurrentSession, FreshSession, SessionsDep

router = APIRouter(
    prefix="/sessions",
    tags=["session"],
    responses={503: {"description": "The session store does not answer"}},
)


class ListedSession(BaseModel):
    id: str
    created_at: datetime
    seen_at: datetime
    browser: str
    is_this_one: bool


@router.get(
    "",
    response_model=list[ListedSession],
    responses={401: {"description": "Nobody is signed in"}},
)
async def list_sessions(session: CurrentSession, sessions: SessionsDep) -> JSONResponse:
    """List my sessions, the newest first."""
    listed = [
        ListedSession(
            id=each.id,
            created_at=datetime.fromtimestamp(each.created_at, UTC),
            seen_at=datetime.fromtimestamp(each.record.seen_at, UTC),
            browser=each.record.browser,
            is_this_one=each.id == session.id,
        )
        for each in await sessions.of_user(session.user.id)
    ]
    return JSONResponse(content=filtered(list[ListedSession], listed))


@router.delete(
    "/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={
        204: {"headers": set_cookie_header(SESSION)},
        401: {"description": "Nobody is signed in"},
        403: {"description": "The password was not given recently"},
        404: {"description": "You have no such session"},
    },
)
async def end_one_session(
    session_id: str, session: FreshSession, sessions: SessionsDep
) -> Response:
    """End one of my sessions."""
    if not await sessions.end(session_id, session.user.id):
        raise HTTPException(404, "You have no such session.")
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    if session_id == session.id:
        SESSION.delete(response)
        response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    return response


@router.delete(
    "",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={
        401: {"description": "Nobody is signed in"},
        403: {"description": "The password was not given recently"},
    },
)
async def end_other_sessions(session: FreshSession, sessions: SessionsDep) -> Response:
    """End all my sessions but this one."""
    await sessions.end_all(session.user.id, except_for=session)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
