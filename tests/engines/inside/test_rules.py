# mypy: ignore-errors
"""The rules of a session on each server."""

from tests.engines.servers import Server
from tests.kit.browser import Browser
from tests.kit.sessions.example import token_of
from tests.kit.sessions.test_meanwhile import *  # noqa: F403
from tests.kit.sessions.test_renewal import *  # noqa: F403
from tests.kit.sessions.test_rollout import *  # noqa: F403
from tests.kit.sessions.test_session import *  # noqa: F403
from tests.kit.sessions.test_upkeep import *  # noqa: F403

ENGINES = ["valkey", "postgresql", "cluster"]


def test_v7_2_3_only_the_hash_of_a_token_is_stored(signed_in: Browser, server: Server) -> None:
    dump = server.dump()
    session_id, _, secret = token_of(signed_in).partition(".")
    assert session_id in dump
    assert secret not in dump
