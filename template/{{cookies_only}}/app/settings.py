"""The app's settings, from the environment and `.env`. Add yours to `Settings`."""

from typing import Annotated

from fastapi import Depends

from app.kit import KitSettings, current_settings, load


class Settings(KitSettings):
    """Every variable that the app reads. `.env.example` lists them, too."""

    # Yours:


def load_settings() -> Settings:
    """Return the settings, or stop with a sentence that says which one is wrong, and why."""
    return load(Settings)


SettingsDep = Annotated[Settings, Depends(current_settings)]
"""In a path operation, the settings with which `create_app` made the app."""
