"""What this app keeps in the visitor's browser, for a privacy page."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.kit import KeptCookie, cookie_inventory, filtered

router = APIRouter(tags=["cookies"])


@router.get("/cookies", response_model=list[KeptCookie])
async def list_cookies(request: Request) -> JSONResponse:
    """List every declared cookie, and whether the browser sent it."""
    return JSONResponse(content=filtered(list[KeptCookie], cookie_inventory(request)))
