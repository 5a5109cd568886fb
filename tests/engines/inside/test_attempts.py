# mypy: ignore-errors
"""The limits of attempts on each server."""

from tests.kit.sessions.test_attempts import *  # noqa: F403
from tests.kit.sessions.test_attempts_in_full import *  # noqa: F403

ENGINES = ["valkey", "postgresql", "cluster"]
