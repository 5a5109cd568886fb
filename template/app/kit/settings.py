"""The kit's settings, and how all settings are read: from the environment and `.env`."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from dotenv.parser import parse_stream
from fastapi.requests import HTTPConnection
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import Url
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.kit.project import find
from app.kit.request import shared

# A scheme that is not a page's is an app's: capacitor://localhost, chrome-extension://….
_ORIGIN = re.compile(r"(?!wss?:|file:|ftp:|data:|about:)[a-z][a-z0-9+.-]*://[^/?#@*\\\s]+")
AnySettings = TypeVar("AnySettings", bound="KitSettings")


def read_json(value: object) -> object:
    """Return what a setting that is written as JSON means."""
    with suppress(json.JSONDecodeError, RecursionError):
        return json.loads(value) if isinstance(value, str) else value
    raise ValueError("write it as JSON, as in .env.example.")


def dotenv_line(name: str, value: object) -> str:
    """Return the line of `.env` for a setting that is written as JSON."""
    # python-dotenv halves backslashes, ends at an apostrophe, puts variables in place of ${…}.
    text = json.dumps(value).replace(r"\\", r"\u005c")
    text = text.replace("'", r"\u0027").replace("$", r"\u0024")
    return f"{name}='{text}'"


def normalized_origin(text: str) -> str:
    """Return an origin as browsers send it, which read a host in many ways (URL Standard)."""
    with suppress(ValueError):
        if _ORIGIN.fullmatch(text.lower()):
            return str(Url(text.lower())).removesuffix("/")
    raise ValueError("write an origin without a path, as https://app.example.")


Origin = Annotated[str, AfterValidator(normalized_origin)]


class KitSettings(BaseSettings):
    """What the kit reads. `class Settings(KitSettings)` adds the app's own."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )
    # `fastapi dev` sets it, under this name whatever your `env_prefix` is.
    fastapi_env: Literal["production", "development"] = Field(
        default="production", alias="fastapi_env"
    )
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
            if value not in ('""', "''")  # empty: the default
        }


async def current_settings(connection: HTTPConnection) -> Any:
    """Return the settings with which this app is protected, or else the one around it.

    Declare it with your class: `SettingsDep = Annotated[Settings, Depends(current_settings)]`.
    """
    state = connection.app.state
    return getattr(state, "kit_settings", None) or shared(connection.scope).app.state.kit_settings


def load(settings: type[AnySettings]) -> AnySettings:
    """Return the settings, or exit with a sentence for each that is wrong.

    A relative `env_file` lies in the project's folder, whatever the working folder is.
    """
    named: Any = settings.model_config.get("env_file")
    several = named if isinstance(named, list | tuple) else [named]
    dotenvs = [find(Path(each).expanduser()) for each in several if each]
    try:
        if not (sentences := [line for each in dotenvs for line in _wrong_lines(settings, each)]):
            return settings(_env_file=dotenvs)
    except ValidationError as error:
        # A setting is named as it is written in .env.
        wrong = (("".join(f"{it}: ".upper() for it in e["loc"]), e["msg"]) for e in error.errors())
        sentences = [f"Settings: {name}{it.removeprefix('Value error, ')}" for name, it in wrong]
    except (OSError, UnicodeDecodeError) as error:
        sentences = [f"Settings: .env cannot be read as UTF-8: {error}"]
    # Not in the except block, which would show a library's traceback with it.
    sys.exit("\n".join(sentences))


def _wrong_lines(settings: type[KitSettings], dotenv: Path) -> Iterator[str]:
    """Yield what is wrong in `.env` that pydantic-settings passes over."""
    text = dotenv.read_text("utf-8") if dotenv.is_file() else ""
    prefix = str(settings.model_config.get("env_prefix", ""))
    names = [f"{prefix}{name}".upper() for name in settings.model_fields]
    known = str(
        [names, *(each.validation_alias for each in settings.model_fields.values())]
    ).upper()
    for binding in parse_stream(StringIO(text)):
        line = f"Settings: {dotenv.name}, at line {binding.original.line}:"
        name = (binding.key or "").upper()
        if binding.error:
            yield f"{line} write it as NAME=value."
        # The names of other programs are none of our business, unless one is nearly ours.
        elif f"'{name}'" not in known and (guesses := get_close_matches(name, names, 1, 0.87)):
            yield f"{line} no setting is called {binding.key}; is it {guesses[0]}?"
