"""Whether the app runs, and can serve: for an orchestrator, and for a load balancer."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.sign_in import SessionsDep

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get(
    "/health",
    responses={503: {"description": "The session store does not answer"}},
)
@router.head("/health", include_in_schema=False)
async def check_health(sessions: SessionsDep) -> Health:
    # Raises StoreUnavailableError, which is a 503. Asks the store once a second at most.
    await sessions.check()
    return Health(status="ok")


@router.get("/live")
@router.head("/live", include_in_schema=False)
async def check_liveness() -> Health:
    # Touches nothing: where this has no answer, a restart helps.
    return Health(status="ok")
