"""The kit's settings, and how settings are read from the environment and `.env`."""

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
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import Url
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.kit.project import find
from app.kit.request import shared

# Apps have schemes of their own: capacitor://localhost, chrome-extension://….
_ORIGIN = re.compile(
    r"(?!wss?:|file:|ftp:|data:|about:)[a-z][a-z0-9+.-]*://[^/?#@*\\\s]+"
)
_IN_QUOTES = re.compile(r"""^(["'])(.*)\1$""")
AnySettings = TypeVar("AnySettings", bound="KitSettings")


def read_json(value: object) -> object:
    """Return the value of a setting that is written as JSON. Raises ValueError."""
    with suppress(json.JSONDecodeError, RecursionError):
        return json.loads(value) if isinstance(value, str) else value
    raise ValueError("write it as JSON, as in .env.example.")


def dotenv_line(name: str, value: object) -> str:
    """Return the line of `.env` for a setting that is written as JSON."""
    # python-dotenv would read two backslashes as one, end the value at an apostrophe,
    # and replace ${…} by a variable.
    text = json.dumps(value).replace(r"\\", r"\u005c")
    text = text.replace("'", r"\u0027").replace("$", r"\u0024")
    return f"{name}='{text}'"


def normalized_origin(text: str) -> str:
    """Return an origin as browsers send it (URL Standard). Raises ValueError."""
    with suppress(ValueError):
        if _ORIGIN.fullmatch(text.lower()):
            return str(Url(text.lower())).removesuffix("/")
    raise ValueError("write an origin without a path, as https://app.example.")


Origin = Annotated[str, AfterValidator(normalized_origin)]


class KitSettings(BaseSettings):
    """The kit's settings. `class Settings(KitSettings)` adds the app's own."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )
    # `fastapi dev` sets it. Its name has no `env_prefix`, even if yours have one.
    fastapi_env: Literal["production", "development"] = Field(
        default="production", alias="fastapi_env"
    )
    cookies_over_http: bool = False
    """Let browsers keep cookies over plain HTTP; development only."""
    trusted_origins: Annotated[list[Origin], NoDecode, BeforeValidator(read_json)] = []
    """Other origins whose pages may use this app with its visitors' cookies."""
    docs: bool = False
    """Serve /docs in production, too."""
    max_header_size: int = Field(default=64 * 1024, ge=1)
    """Bytes of a request's headers."""
    max_body_size: int = Field(default=1024 * 1024, ge=1)
    """Bytes of a request's body; `max_body_size` of a route overrides it."""

    @model_validator(mode="before")
    @classmethod
    def _take_quotes_off(cls, values: dict[str, Any]) -> dict[str, Any]:
        # `docker run --env-file` leaves the quotes that python-dotenv takes off.
        return {
            name: _IN_QUOTES.sub(r"\2", value) if isinstance(value, str) else value
            for name, value in values.items()
            if value not in ('""', "''")  # empty: the default
        }


async def current_settings(connection: HTTPConnection) -> Any:
    """Return the settings that `protect` was called with.

    In a mounted app that is not protected itself, those of the app around it. Declare
    this with your class: `SettingsDep = Annotated[Settings,
    Depends(current_settings)]`.
    """
    own = getattr(connection.app.state, "kit_settings", None)
    return own or shared(connection.scope).app.state.kit_settings


def load(settings: type[AnySettings]) -> AnySettings:
    """Return the settings, or exit with a sentence for each mistake in them.

    A relative `env_file` is found in the project's folder, whatever the working folder.
    """
    dotenvs = _dotenv_files(settings)
    try:
        mistakes = [
            mistake for path in dotenvs for mistake in _wrong_lines(settings, path)
        ]
        if not mistakes:
            return settings(_env_file=dotenvs)
    except ValidationError as error:
        mistakes = [_sentence(detail) for detail in error.errors()]
    except (OSError, UnicodeDecodeError) as error:
        mistakes = [f"Settings: .env cannot be read as UTF-8: {error}"]
    # In the except block, a traceback of pydantic's would be shown, too.
    sys.exit("\n".join(mistakes))


def _dotenv_files(settings: type[KitSettings]) -> list[Path]:
    named: Any = settings.model_config.get("env_file")
    several = named if isinstance(named, list | tuple) else [named]
    return [find(Path(each).expanduser()) for each in several if each]


def _sentence(detail: Any) -> str:
    """Return what is wrong with a setting, under its name in `.env`."""
    name = "".join(f"{part}: ".upper() for part in detail["loc"])
    return f"Settings: {name}{detail['msg'].removeprefix('Value error, ')}"


def _wrong_lines(settings: type[KitSettings], dotenv: Path) -> Iterator[str]:
    """Yield the mistakes in `.env` that pydantic-settings ignores."""
    text = dotenv.read_text("utf-8") if dotenv.is_file() else ""
    prefix = str(settings.model_config.get("env_prefix", ""))
    names = [f"{prefix}{name}".upper() for name in settings.model_fields]
    aliases = [field.validation_alias for field in settings.model_fields.values()]
    # An alias can be a string or an object that holds some: its text has them all.
    known = str([names, *aliases]).upper()
    for binding in parse_stream(StringIO(text)):
        where = f"Settings: {dotenv.name}, at line {binding.original.line}:"
        if binding.error:
            yield f"{where} write it as NAME=value."
            continue
        name = (binding.key or "").upper()
        if f"'{name}'" in known:
            continue
        # Other programs may have settings there. A name that is almost one of ours is a
        # typing error.
        for guess in get_close_matches(name, names, 1, 0.87):
            yield f"{where} no setting is called {binding.key}; is it {guess}?"
