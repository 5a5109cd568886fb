"""The app's settings, from the environment and `.env`. Add yours to `Settings`."""

from app.kit import KitSettings, load


class Settings(KitSettings):
    """Every variable that the app reads. `.env.example` lists them, too."""


def load_settings() -> Settings:
    """Return the settings, or stop with a sentence that says which one is wrong, and why."""
    return load(Settings)
