"""The kit's settings, and how all settings are read: from the environment and `.env`."""

import json
import re
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from dotenv.parser import parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

# A scheme other than http is that of an app: capacitor://localhost, chrome-extension://….
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[1-9][0-9]*)?")
AnySettings = TypeVar("AnySettings", bound="KitSettings")


def read_json(value: object) -> object:
    """Return what a setting that is written as JSON means."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        raise ValueError("write it as JSON, as in .env.example.") from None


def normalized_origin(text: str) -> str:
    """Return an origin as browsers send it: in lower case, without the scheme's own port."""
    if (match := _ORIGIN.fullmatch(text.lower())) is None:
        raise ValueError("write an origin without a path, in ASCII, as https://app.example.")
    scheme, host, port = match.groups(default="")
    return f"{scheme}://{host}{'' if scheme + port in {'http:80', 'https:443'} else port}"


Origin = Annotated[str, AfterValidator(normalized_origin)]


class KitSettings(BaseSettings):
    """What the kit reads. `class Settings(KitSettings)` adds the app's own."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    fastapi_env: Literal["production", "development"] = "production"  # `fastapi dev` sets it
    cookies_over_http: bool = False  # lets browsers keep cookies over plain HTTP; development only
    trusted_origins: Annotated[list[Origin], NoDecode, BeforeValidator(read_json)] = []
    """Other origins whose pages may use this app with its visitors' cookies."""
    docs: bool = False  # /docs in production, too
    max_header_size: int = Field(default=64 * 1024, ge=1)  # bytes of a request's headers
    max_body_size: int = Field(default=1024 * 1024, ge=1)  # bytes; a route can set its own

    @model_validator(mode="before")
    @classmethod
    def _take_quotes_off(cls, values: dict[str, Any]) -> dict[str, Any]:
        # `docker run --env-file` passes on the quotes that python-dotenv takes off.
        return {
            name: re.sub(r"""^(["'])(.*)\1$""", r"\2", value) if isinstance(value, str) else value
            for name, value in values.items()
        }

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        if self.cookies_over_http and self.fastapi_env == "production":
            raise ValueError(
                "COOKIES_OVER_HTTP=true sends cookies that anyone on the network can read, so it "
                "is refused in production; unset it, or start the app with `fastapi dev`."
            )
        return self


def load(settings: type[AnySettings]) -> AnySettings:
    """Return the settings, or exit with a sentence for each that is wrong."""
    try:
        if not (sentences := [*_wrong_lines(settings)]):
            return settings()
    except ValidationError as error:
        for detail in error.errors():
            # A setting is named as it is written in .env; an error of the whole has no name.
            name = "".join(f"{part}: ".upper() for part in detail["loc"])
            sentences.append(f"Settings: {name}{detail['msg'].removeprefix('Value error, ')}")
    except UnicodeDecodeError:
        sentences = ["Settings: .env is not UTF-8; save it as UTF-8."]
    # Not in the except block, which would show a library's traceback with it.
    sys.exit("\n".join(sentences))


def _wrong_lines(settings: type[KitSettings]) -> Iterator[str]:
    """Yield what is wrong in `.env` that pydantic-settings passes over."""
    dotenv = Path(str(settings.model_config.get("env_file")))
    text = dotenv.read_text("utf-8") if dotenv.is_file() else ""
    names = [name.upper() for name in settings.model_fields]
    for binding in parse_stream(StringIO(text)):
        line = f"Settings: .env, at line {binding.original.line}:"
        name = (binding.key or "").upper()
        if binding.error:
            yield f"{line} write it as NAME=value."
        # The names of other programs are none of our business, unless one is nearly ours.
        elif name not in names and (guesses := get_close_matches(name, names, 1, 0.85)):
            yield f"{line} no setting is called {binding.key}; is it {guesses[0]}?"
