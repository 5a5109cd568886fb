"""What this app keeps in the visitor's browser, for a privacy page."""

from fastapi import APIRouter, Request

from app.kit import KeptCookie, cookie_inventory

router = APIRouter(tags=["cookies"])


@router.get("/cookies", response_model=list[KeptCookie])
async def list_cookies(request: Request) -> object:
    """List every declared cookie, and whether the browser sent it."""
    return cookie_inventory(request)
