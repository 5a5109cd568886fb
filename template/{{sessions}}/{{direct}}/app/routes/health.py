"""Whether the app runs, and can serve: for an orchestrator, and for a load balancer."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.kit import filtered
from app.sign_in import SessionsDep

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get(
    "/health",
    response_model=Health,
    responses={503: {"description": "The session store does not answer"}},
)
@router.head("/health", include_in_schema=False)
async def check_health(sessions: SessionsDep) -> JSONResponse:
    # Raises StoreUnavailableError, which is a 503. Asks the store once a second at most.
    await sessions.check()
    return JSONResponse(content=filtered(Health, {"status": "ok"}))


@router.get("/live", response_model=Health)
@router.head("/live", include_in_schema=False)
async def check_liveness() -> JSONResponse:
    # Touches nothing: where this has no answer, a restart helps.
    return JSONResponse(content=filtered(Health, {"status": "ok"}))
