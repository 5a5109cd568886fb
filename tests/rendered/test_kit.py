"""The kit in full, inside rendered projects: every case of what a project's own tests show once."""

import pytest

from tests.answers import SIZES, STRATEGIES
from tests.conftest import Render, Warm
from tests.rendered import put_inside


@pytest.mark.parametrize(
    ("strategy", "size"),
    [
        pytest.param(
            strategy,
            size,
            # The kit knows no strategy, and without sign-in it has the same files but fewer:
            # test_house.py shows both. So the largest project has every case, each push.
            marks=() if (strategy, size) == ("temporal", "sessions") else pytest.mark.slow,
        )
        for strategy in STRATEGIES
        for size in SIZES
    ],
)
def test_the_kit_keeps_all_that_it_promises(
    render: Render, warm: Warm, strategy: str, size: str
) -> None:
    project = render(cookie_strategy=strategy, sign_in=size)
    put_inside(project)
    code, printed = warm(project, "-q", "-W", "error", "tests/kit")
    assert code == 0, printed
