"""What owners wrote for release 0.8.1 works on the kit of today, unchanged, until 1.0.

All of their files are as that release had them, and a callback of OAuth is as one wrote it then.
"""

import re
import shutil
from pathlib import Path

import pytest

from tests.answers import STRATEGIES
from tests.conftest import Copies, Environment, Render, Warm
from tests.gates import OLDEST, assert_passes
from tests.written_for_0_8_1 import add_the_callback

pytestmark = pytest.mark.usefixtures("quick_copier")


def with_todays_kit(before: Path, today: Path, project: Path) -> Path:
    shutil.copytree(before, project)
    for kit in ("app/kit", "tests/kit"):
        shutil.rmtree(project / kit)
        shutil.copytree(today / kit, project / kit)
    add_the_callback(project)
    return project


@pytest.mark.parametrize(
    "strategy", [STRATEGIES[0], pytest.param(STRATEGIES[1], marks=pytest.mark.slow)]
)
def test_all_that_owners_have_of_0_8_1_works_on_the_kit_of_today(
    fresh: Copies, render: Render, warm: Warm, tmp_path: Path, strategy: str
) -> None:
    before = fresh("0.8.1", cookie_strategy=strategy)
    project = with_todays_kit(before, render(cookie_strategy=strategy), tmp_path / "before")
    for name in ("session", "sessions"):
        text = (project / "app" / "routes" / f"{name}.py").read_text("utf-8")
        assert re.search("AttemptsDep|SessionsDep", text), "these are of that release"
    code, printed = warm(project, "-q", "tests", "--ignore=tests/kit")
    assert code == 0, printed


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_passes_lint_and_types_too(
    fresh: Copies, render: Render, environment: Environment, tmp_path: Path, strategy: str
) -> None:
    before = fresh("0.8.1", cookie_strategy=strategy)
    project = with_todays_kit(before, render(cookie_strategy=strategy), tmp_path / "before")
    assert_passes(project, environment(OLDEST), ["lint", "types"])


def test_what_was_imported_from_sign_in_is_there(
    fresh: Copies, render: Render, warm: Warm, tmp_path: Path
) -> None:
    """An owner's module imports from `app/sign_in.py`, which an update brings up to date."""
    project = render()
    add_the_callback(project)
    names = re.findall(
        r"^(\w+)(?::.*)? = ", (fresh("0.8.1") / "app/sign_in.py").read_text("utf-8"), re.MULTILINE
    )
    assert {"sessions", "AttemptsDep"} <= {*names}
    (project / "tests" / "test_names.py").write_text(
        f"def test_it() -> None:\n    from app.sign_in import {', '.join(names)}  # noqa: F401\n"
    )
    code, printed = warm(project, "-q", "tests/test_names.py", "tests/routes/test_callback.py")
    assert code == 0, printed
