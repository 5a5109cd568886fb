"""The settings of sessions and of signing in."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.kit.sessions.attempts import Rate
from app.kit.sessions.engines import check_store_url


def check_rate(text: str) -> str:
    """Return `text` if it is a rate. Raises ValueError if it is none."""
    Rate.parse(text)
    return text


class SessionSettings(BaseSettings):
    """What sessions read: `class Settings(SessionSettings, KitSettings)` has both."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    session_store: Annotated[str, AfterValidator(check_store_url)] = Field(
        default="sqlite:///sessions.db",
        repr=False,  # it may hold a password
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
    sign_in_limit_per_user: Annotated[str, AfterValidator(check_rate)] = Field(
        default="10 per 10 minutes",
        description="Attempts to sign in as one user.",
    )
    sign_in_limit_per_address: Annotated[str, AfterValidator(check_rate)] = Field(
        default="100 per 10 minutes",
        description="Attempts to sign in from one address.",
    )
