"""The app's settings, from the environment and `.env`. Add yours to `Settings`."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from app.kit import KitSettings, load, read_json
from app.kit.sessions import PasswordHash, SessionSettings


class Settings(SessionSettings, KitSettings):
    """Every variable that the app reads. `.env.example` lists them, too."""

    users: Annotated[dict[str, PasswordHash], NoDecode, BeforeValidator(read_json)] = Field(
        default={},
        description="Who may sign in; `python -m app users add NAME` prints it.",
    )


def load_settings() -> Settings:
    """Return the settings, or stop with a sentence that says which one is wrong, and why."""
    return load(Settings)
