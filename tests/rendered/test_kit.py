"""The kit in full, inside rendered projects: every case of what a project's own tests show once."""

import shutil
from pathlib import Path

import pytest

from tests.answers import SIZES, STRATEGIES
from tests.conftest import Render, Warm

INSIDE = Path(__file__).with_name("inside")


def put_inside(project: Path) -> None:
    """Lay these tests beside the project's own, in whose folder they belong."""
    shutil.copytree(INSIDE, project / "tests" / "kit", dirs_exist_ok=True)
    if not (project / "app" / "kit" / "sessions").exists():
        shutil.rmtree(project / "tests" / "kit" / "sessions")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_kit_keeps_all_that_it_promises(
    render: Render, warm: Warm, strategy: str, size: str
) -> None:
    project = render(cookie_strategy=strategy, sign_in=size)
    put_inside(project)
    code, printed = warm(project, "-q", "tests/kit")
    assert code == 0, printed
