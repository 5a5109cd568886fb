"""Whether the app serves requests, for a load balancer or a container's health check."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.sign_in import SessionsDep

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get(
    "/health",
    response_model=Health,
    responses={503: {"description": "The session store does not answer"}},
)
async def check_health(sessions: SessionsDep) -> object:
    # Raises StoreUnavailableError, which is a 503.
    await sessions.check()
    return {"status": "ok"}
