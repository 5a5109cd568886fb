"""The app's settings, from the environment and `.env`, checked when the app starts."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import argon2
import limits
from dotenv.parser import parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.sessions.store import SCHEMES

_SERVERS: Final = re.compile(r"((\[[^\]]*\]|[^:,\[\]]*)(:\d+)?(,|$))*")
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?")


def _store(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in SCHEMES or not separator or (scheme == "sqlite" and not rest.strip("/")):
        raise ValueError(f"write sqlite:///FILE, or a URL with one of {', '.join(SCHEMES)}.")
    servers, _, path = rest.partition("/")
    if scheme != "sqlite" and (
        servers.count("@") > 1
        or "@" in path.partition("?")[0]
        or re.search(r"%(?![0-9A-Fa-f]{2})", rest)
        or not _SERVERS.fullmatch(servers.rpartition("@")[2])
    ):
        raise ValueError(
            "write SCHEME://USER:PASSWORD@HOST:PORT/NAME, with what is special in the password "
            "percent-encoded: / is %2F, @ is %40, % is %25."
        )
    return url


def _json(value: object) -> object:
    # `docker run --env-file` passes on the apostrophes that python-dotenv takes off.
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value.strip("'"))
    except json.JSONDecodeError:
        raise ValueError("write it as JSON, as in .env.example.") from None


def _rate(text: str) -> str:
    limits.parse(text)
    return text


def _hash(text: str) -> str:
    try:
        argon2.extract_parameters(text)
    except argon2.exceptions.InvalidHashError:
        raise ValueError("no argon2 hash; `python -m app users add NAME` prints one.") from None
    return text


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise ValueError("write an origin in lower case without a path, as https://app.example.")
    return text


Origin = Annotated[str, AfterValidator(_origin)]
PasswordHash = Annotated[str, AfterValidator(_hash)]
Rate = Annotated[str, AfterValidator(_rate)]
StoreURL = Annotated[str, AfterValidator(_store)]


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

    session_store: StoreURL = Field(
        default="sqlite:///sessions.db",
        description="Where sessions are kept: sqlite:///…, redis://… or postgresql://….",
    )
    # Both limits: NIST SP 800-63B-4, section 2.2.3 (AAL2).
    session_idle_limit: int = Field(
        default=60 * 60,
        ge=5 * 60,  # the last use is noted to the minute
        description="Seconds without a request after which a session ends.",
    )
    session_absolute_limit: int = Field(
        default=24 * 60 * 60,
        ge=5 * 60,
        description="Seconds after which a session ends in any case.",
    )
    session_fresh_for: int = Field(
        default=10 * 60,
        ge=1,
        description="Seconds for which a password that was given counts as recent.",
    )
    users: Annotated[dict[str, PasswordHash], NoDecode, BeforeValidator(_json)] = Field(
        default={},
        description="Who may sign in; `python -m app users add NAME` prints it.",
    )
    sign_in_limit_per_user: Rate = Field(
        default="10 per 10 minutes",
        description="Attempts to sign in as one user.",
    )
    sign_in_limit_per_address: Rate = Field(
        default="100 per 10 minutes",
        description="Attempts to sign in from one address.",
    )
    trusted_origins: Annotated[list[Origin], NoDecode, BeforeValidator(_json)] = Field(
        default=[],
        description="Other origins whose pages may use this app with its visitors' cookies.",
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
