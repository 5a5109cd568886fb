"""The settings of sessions and of signing in."""

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.kit.sessions.engines import check_store_url
from app.kit.sessions.passwords import PasswordHash
from app.kit.settings import read_json

_SECONDS = {"second": 1, "minute": 60, "hour": 60 * 60, "day": 24 * 60 * 60}
_LONGEST = 10**9  # Stores keep times as 64 bits at most.
_RATE = re.compile(r"([1-9]\d{,8}) per ([1-9]\d{,3} )?(" + "|".join(_SECONDS) + ")s?")


class Rate(NamedTuple):
    """So many attempts within so many seconds, which start with the first attempt."""

    attempts: int
    seconds: int


def read_rate(text: str) -> Rate:
    """Return the rate that `text` means. Raises ValueError if it means none, or more than one."""
    if (match := _RATE.fullmatch(text)) is None:
        raise ValueError('write one rate, such as "10 per 10 minutes" or "3 per minute".')
    attempts, number, unit = match.groups()
    return Rate(int(attempts), int(number or 1) * _SECONDS[unit])


RateText = Annotated[str, AfterValidator(lambda text: read_rate(text) and text)]


# A setting that is written as JSON: hashes of passwords, by the user's name.
PasswordHashes = Annotated[dict[str, PasswordHash], NoDecode, BeforeValidator(read_json)]


class SessionSettings(BaseSettings):
    """What sessions read: `class Settings(SessionSettings, KitSettings)` has both."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    session_store: Annotated[str, AfterValidator(check_store_url)] = Field(
        default="sqlite:///sessions.db", repr=False
    )
    """Where sessions are kept: sqlite:///…, redis://… or postgresql://…; it may hold a password."""
    # Seconds after which a session ends if it is not used, and in any case (NIST SP 800-63B-4,
    # section 2.2.3, AAL2). The last use is noted to the minute.
    session_idle_limit: int = Field(default=60 * 60, ge=5 * 60, le=_LONGEST)
    session_absolute_limit: int = Field(default=24 * 60 * 60, ge=5 * 60, le=_LONGEST)
    session_fresh_for: int = Field(default=10 * 60, ge=1)  # for so long a password is recent
    sign_in_limit_per_user: RateText = "10 per 10 minutes"
    sign_in_limit_per_address: RateText = "100 per 10 minutes"
