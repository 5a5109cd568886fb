"""Whether the app runs, and can serve: for an orchestrator, and for a load balancer."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get("/health", response_model=Health)
@router.head("/health", include_in_schema=False)
async def check_health() -> object:
    return {"status": "ok"}


@router.get("/live", response_model=Health)
@router.head("/live", include_in_schema=False)
async def check_liveness() -> object:
    # Touches nothing: where this has no answer, a restart helps.
    return {"status": "ok"}
