"""A visitor's preferences: a cookie that holds a Pydantic model."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response, status
from fastapi.responses import JSONResponse

from app.cookies import PREFERENCES, Preferences
from app.kit import filtered, set_cookie_header

router = APIRouter(prefix="/preferences", tags=["preferences"])

StoredPreferences = Annotated[Preferences | None, Depends(PREFERENCES.read)]


@router.get("", response_model=Preferences)
async def read_preferences(stored: StoredPreferences) -> JSONResponse:
    """Read the preferences; the defaults where none are stored."""
    return JSONResponse(content=filtered(Preferences, stored or Preferences()))


@router.put(
    "",
    response_model=Preferences,
    responses={
        200: {"headers": set_cookie_header(PREFERENCES)},
        201: {
            "description": "Stored for the first time",
            "model": Preferences,
            "headers": set_cookie_header(PREFERENCES),
        },
    },
)
async def store_preferences(preferences: Preferences, stored: StoredPreferences) -> JSONResponse:
    """Store the preferences in the visitor's browser."""
    response = JSONResponse(content=filtered(Preferences, preferences))
    if stored is None:
        response.status_code = status.HTTP_201_CREATED
    PREFERENCES.set(response, preferences)
    return response


@router.delete(
    "",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={204: {"headers": set_cookie_header(PREFERENCES)}},
)
async def forget_preferences() -> Response:
    """Delete the stored preferences."""
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    PREFERENCES.delete(response)
    return response
