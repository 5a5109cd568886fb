"""Without any one of its protections, a rendered project fails its tests."""

import shutil
from pathlib import Path

import pytest

from tests.answers import STRATEGIES
from tests.conftest import Render, Warm
from tests.protections import PROTECTIONS, PROTECTIONS_OF
from tests.rendered import put_inside
from tests.tools import change


def defining(name: str, project: Path) -> list[Path]:
    return [path for path in project.glob("tests/**/*.py") if f"def {name}(" in path.read_text()]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_protection_stands_where_the_table_says_and_has_its_test(
    render: Render, strategy: str
) -> None:
    project = render(cookie_strategy=strategy)
    put_inside(project)
    for trap, (path, old, _, name) in (PROTECTIONS | PROTECTIONS_OF[strategy]).items():
        assert (project / path).read_text("utf-8").count(old) == 1, trap
        assert defining(name, project), trap


@pytest.mark.parametrize(
    ("strategy", "trap"),
    [
        # What both strategies share in one of them, in turn.
        *(
            pytest.param(
                STRATEGIES[number % 2],
                trap,
                marks=[pytest.mark.guards(row[0]), *([pytest.mark.slow] if number % 60 else [])],
            )
            for number, (trap, row) in enumerate(PROTECTIONS.items())
        ),
        *((strategy, trap) for strategy in STRATEGIES for trap in PROTECTIONS_OF[strategy]),
    ],
)
def test_negative_control_without_a_protection_its_rendered_test_fails(
    render_once: Render, warm: Warm, strategy: str, trap: str, tmp_path: Path
) -> None:
    path, old, new, name = (PROTECTIONS | PROTECTIONS_OF[strategy])[trap]
    whole = render_once(f"protected-{strategy}", cookie_strategy=strategy)
    project = shutil.copytree(whole, tmp_path / "project")
    change(project / path, old, new)
    # Its own test, rather than the same in every case from here.
    if not (found := defining(name, project)):
        put_inside(project)
        found = defining(name, project)
    [file] = found
    node = f"{file.relative_to(project)}::{name}"
    code, printed = warm(project, "-q", "-x", node)
    assert code == 1, printed
    assert "1 failed" in printed or "1 error" in printed
