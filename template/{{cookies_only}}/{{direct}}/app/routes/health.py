"""Whether the app serves requests, for a load balancer or a container's health check."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get("/health", response_model=Health)
async def check_health() -> JSONResponse:
    return JSONResponse(content={"status": "ok"})
