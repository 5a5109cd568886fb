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
    responses={503: {"description": "The session store does not answer"}},
)
async def check_health(sessions: SessionsDep) -> Health:
    # Raises StoreUnavailableError, which is a 503.
    await sessions.check()
    return Health(status="ok")
