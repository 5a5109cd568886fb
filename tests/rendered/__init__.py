"""The kit in full, inside rendered projects."""

import shutil
from pathlib import Path

INSIDE = Path(__file__).with_name("inside")


def put_inside(project: Path) -> None:
    """Lay these tests beside the project's own, in whose folder they belong."""
    shutil.copytree(INSIDE, project / "tests" / "kit", dirs_exist_ok=True)
    if not (project / "app" / "kit" / "sessions").exists():
        shutil.rmtree(project / "tests" / "kit" / "sessions")
