# mypy: ignore-errors
"""The limits of attempts on each server."""

from tests.kit.sessions.test_attempts import *  # noqa: F403

ENGINES = ["valkey", "postgresql", "cluster"]
