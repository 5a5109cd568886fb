"""The contracts' own examples, in memory, keep them."""

from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest

from app.kit.sessions import counter_store, session_store
from app.kit.sessions.store import Store
from tests.kit.sessions.test_stores import *  # noqa: F403


def example(module: ModuleType) -> dict[str, Any]:
    """Run what stands in a module's docstring; return its names."""
    names = dict(vars(module))
    _, start, rest = str(module.__doc__).partition("    class ")
    exec(dedent(start + rest), names)
    return names


@pytest.fixture
def store() -> Store:
    Sessions = example(session_store)["MemorySessions"]  # noqa: N806
    Counters = example(counter_store)["MemoryCounters"]  # noqa: N806

    class Memory(Sessions, Counters):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            Sessions.__init__(self)
            Counters.__init__(self)

    memory: Store = Memory()
    return memory
