import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from uuid import UUID, uuid4

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse

router = APIRouter(prefix="/kinds", tags=["kinds"])


@router.get("/now")
async def tell() -> tuple[float, UUID]:
    return time.time(), uuid4()


def numbers() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{number}\n"


async def rows() -> AsyncIterator[str]:
    for number in numbers():
        yield number


@router.get("/numbers", response_class=StreamingResponse)
def count() -> StreamingResponse:
    return StreamingResponse(numbers())


@router.get("/rows", response_class=StreamingResponse)
async def count_asynchronously() -> StreamingResponse:
    return StreamingResponse(rows())


@router.get("/events", response_class=EventSourceResponse)
async def notify() -> AsyncIterator[str]:
    async for row in rows():
        yield row
        await asyncio.sleep(0.1)


@router.get("/news", response_class=StreamingResponse)
async def wait_for_ever() -> StreamingResponse:
    await asyncio.sleep(10**9)
    return StreamingResponse(rows())


@router.post("/fail")
async def fail() -> None:
    raise LookupError


@router.api_route("/many", methods=["GET", "POST"])
async def answer_many() -> None: ...
