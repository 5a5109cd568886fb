"""What this app keeps in the visitor's browser, for a privacy page."""

from fastapi import APIRouter, Request

from app.kit import KeptCookie, cookie_inventory

router = APIRouter(tags=["cookies"])


@router.get("/cookies")
async def list_cookies(request: Request) -> list[KeptCookie]:
    """List every declared cookie, and whether the browser sent it."""
    return cookie_inventory(request)
