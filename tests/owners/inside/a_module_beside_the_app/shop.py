from fastapi import APIRouter, FastAPI, WebSocket
from starlette.applications import Starlette

router = APIRouter()


@router.post("/orders")
async def order(items: list[int]) -> int:
    return len(items)


@router.get("/orders/{number}")
async def read(number: int) -> int:
    return number


@router.get("/start", include_in_schema=False)
async def start() -> None:
    raise ConnectionError


@router.websocket("/socket")
async def talk(websocket: WebSocket) -> None: ...


router.mount("/admin", Starlette())
