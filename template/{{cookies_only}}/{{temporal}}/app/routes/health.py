"""Whether the app runs, and can serve: for an orchestrator, and for a load balancer."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get("/health")
@router.head("/health", include_in_schema=False)
async def check_health() -> Health:
    return Health(status="ok")


@router.get("/live")
@router.head("/live", include_in_schema=False)
async def check_liveness() -> Health:
    # Touches nothing: where this has no answer, a restart helps.
    return Health(status="ok")
