"""The app's settings, from the environment and `.env`, checked when the app starts."""

import sys
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every variable that the app reads. `.env.example` lists them too."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, frozen=True)

    fastapi_env: Literal["production", "development"] = Field(
        default="production",
        description="`fastapi dev` sets it to development; unset means production.",
    )
    cookies_over_http: bool = Field(
        default=False,
        description="Let browsers keep this app's cookies over plain HTTP. Development only.",
    )

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        if self.cookies_over_http and self.fastapi_env == "production":
            raise ValueError(
                "COOKIES_OVER_HTTP=true sends cookies that anyone on the network can read, so it "
                "is refused in production; unset it, or start the app with `fastapi dev`."
            )
        return self


def load_settings() -> Settings:
    """Return the settings.

    Raises:
        SystemExit: one is wrong, or two contradict each other; its text says which and why.
    """
    try:
        return Settings()
    except ValidationError as error:
        sentences = [_sentence(detail["loc"], detail["msg"]) for detail in error.errors()]
    except UnicodeDecodeError:
        sentences = ["Settings: .env is not UTF-8; save it as UTF-8."]
    # Outside of the except block, so that no traceback of a library is shown with it.
    sys.exit("\n".join(sentences))


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    # A setting is named as it is written in .env; an error of the whole model has no name.
    name = "".join(f"{part}: ".upper() for part in location)
    reason = message.removeprefix("Value error, ")
    if reason == "Extra inputs are not permitted":
        reason = "no such setting in app/settings.py; correct or remove it in .env."
    return f"Settings: {name}{reason}"
