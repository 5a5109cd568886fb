"""The kit in full, inside rendered projects: every case of what a project's own tests show once."""

import pytest

from tests.answers import SIZES, STRATEGIES
from tests.conftest import Render, Warm
from tests.rendered import put_inside


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_kit_keeps_all_that_it_promises(
    render: Render, warm: Warm, strategy: str, size: str
) -> None:
    project = render(cookie_strategy=strategy, sign_in=size)
    put_inside(project)
    code, printed = warm(project, "-q", "tests/kit")
    assert code == 0, printed
