# mypy: ignore-errors
"""The steps of the tables on a server."""

from tests.kit.sessions.test_steps import *  # noqa: F403

ENGINES = ["postgresql"]
