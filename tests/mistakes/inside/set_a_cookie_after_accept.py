from fastapi import APIRouter, Response, WebSocket

from app.cookies import LOCALE

router = APIRouter()


@router.websocket("/news")
async def news(websocket: WebSocket, response: Response) -> None:
    await websocket.accept()
    LOCALE.set(response, "en")
    await websocket.close()
