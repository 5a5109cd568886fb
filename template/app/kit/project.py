"""What `pyproject.toml` says about this project, and the folder that it is in."""

import logging
import os
import tomllib
from pathlib import Path
from typing import NamedTuple


class Project(NamedTuple):
    name: str  # lowercase letters, digits and dashes
    title: str  # for people
    description: str
    version: str


_paths = (folder / "pyproject.toml" for folder in Path(__file__).parents)
_path = next((path for path in _paths if path.is_file()), None)
_content = tomllib.loads(_path.read_text("utf-8")) if _path else {}
_project = {
    "name": "app",
    "description": "",
    "version": "0",
    **_content.get("project", {}),
}
_title = _content.get("tool", {}).get("app", {}).get("title", _project["name"])
PROJECT = Project(
    _project["name"], _title, _project["description"], _project["version"]
)

# A wheel has a copy of pyproject.toml inside the package, and no project folder.
_is_installed = _path is None or _path.parent == Path(__file__).parent.parent
FOLDER = None if _path is None or _is_installed else _path.parent
"""Where relative paths in settings start; None in a wheel."""


def find(path: Path) -> Path:
    """Return where the file `path` of a setting is: in `FOLDER`, if `path` is relative.

    In a wheel, and before 0.9.1, it is in the working folder. A file that is only there
    is still used, with a warning. If both folders have one, a warning says which is
    used.
    """
    if FOLDER is None or path.is_absolute():
        return path
    in_project = FOLDER / path
    # Nothing is used from a folder that may not be read.
    if not os.access(path, os.F_OK):
        return in_project
    here = path.absolute()
    log = logging.getLogger(__name__)
    if not os.access(in_project, os.F_OK):
        message = "%s is used: move it to %s, which is found from every folder."
        log.warning(message, here, in_project)
        return here
    if not here.samefile(in_project):
        log.warning("%s is used; %s in the working folder is not.", in_project, here)
    return in_project
