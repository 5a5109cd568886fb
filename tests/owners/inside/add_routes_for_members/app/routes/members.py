from fastapi import APIRouter, UploadFile, WebSocket

from app.sign_in import CurrentSession

router = APIRouter(prefix="/members", tags=["members"])


@router.get("/me")
async def greet(session: CurrentSession) -> str:
    return f"Hello {session.user.name}"


@router.websocket("/socket")
async def talk(websocket: WebSocket, session: CurrentSession) -> None:
    await websocket.accept()
    await websocket.send_text(f"Hello {session.user.name}")
    await websocket.close()


@router.post("/pictures", max_body_size=4 * 1024 * 1024)
async def upload(picture: UploadFile, session: CurrentSession) -> int:
    return len(await picture.read())
