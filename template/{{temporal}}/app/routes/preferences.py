"""A visitor's preferences: a cookie that holds a Pydantic model."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response, status

from app.cookies import PREFERENCES, Preferences
from app.kit import set_cookie_header

router = APIRouter(prefix="/preferences", tags=["preferences"])

StoredPreferences = Annotated[Preferences | None, Depends(PREFERENCES.read)]


@router.get("")
async def read_preferences(stored: StoredPreferences) -> Preferences:
    """Read the preferences; the defaults where none are stored."""
    return stored or Preferences()


@router.put(
    "",
    responses={
        200: {"headers": set_cookie_header(PREFERENCES)},
        201: {
            "description": "Stored for the first time",
            "model": Preferences,
            "headers": set_cookie_header(PREFERENCES),
        },
    },
)
async def store_preferences(
    preferences: Preferences, stored: StoredPreferences, response: Response
) -> Preferences:
    """Store the preferences in the visitor's browser."""
    if stored is None:
        response.status_code = status.HTTP_201_CREATED
    PREFERENCES.set(response, preferences)
    return preferences


@router.delete(
    "",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,  # JSONResponse would name a content type for no content
    responses={204: {"headers": set_cookie_header(PREFERENCES)}},
)
async def forget_preferences(response: Response) -> None:
    """Delete the stored preferences."""
    PREFERENCES.delete(response)
