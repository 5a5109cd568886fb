"""Whether the app serves requests, for a load balancer or a container's health check."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get("/health")
async def check_health() -> Health:
    return Health(status="ok")
