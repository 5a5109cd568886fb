"""Whether the app runs, and can serve: for an orchestrator, and for a load balancer."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get("/health", response_model=Health)
@router.head("/health", include_in_schema=False)
async def check_health() -> JSONResponse:
    return JSONResponse(content={"status": "ok"})


@router.get("/live", response_model=Health)
@router.head("/live", include_in_schema=False)
async def check_liveness() -> JSONResponse:
    # Touches nothing: where this has no answer, a restart helps.
    return JSONResponse(content={"status": "ok"})
