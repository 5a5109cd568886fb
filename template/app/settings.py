"""The app's settings, from the environment and `.env`, checked when the app starts."""

import sys
from pathlib import Path
from typing import Literal, Self

from dotenv.parser import parse_stream
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
        sentences = _unreadable_lines(Settings.model_config.get("env_file"))
        if not sentences:
            return Settings()
    except ValidationError as error:
        sentences = [_sentence(detail["loc"], detail["msg"]) for detail in error.errors()]
    except UnicodeDecodeError:
        sentences = ["Settings: .env is not UTF-8; save it as UTF-8."]
    # Outside of the except block, so that no traceback of a library is shown with it.
    sys.exit("\n".join(sentences))


def _unreadable_lines(dotenv: object) -> list[str]:
    # python-dotenv passes over such a line, with a warning only.
    if not isinstance(dotenv, str) or not Path(dotenv).is_file():
        return []
    with Path(dotenv).open(encoding="utf-8") as file:
        broken = [binding.original for binding in parse_stream(file) if binding.error]
    return [f"Settings: .env, at line {each.line}: write it as NAME=value." for each in broken]


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    # A setting is named as it is written in .env; an error of the whole model has no name.
    name = "".join(f"{part}: ".upper() for part in location)
    reason = message.removeprefix("Value error, ")
    if reason == "Extra inputs are not permitted":
        reason = "no such setting in app/settings.py; correct or remove it in .env."
    return f"Settings: {name}{reason}"
