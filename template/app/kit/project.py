"""What `pyproject.toml` says about this project, and the folder in which it stands."""

import logging
import os
import tomllib
from pathlib import Path
from typing import NamedTuple


class Project(NamedTuple):
    name: str  # lowercase letters, digits and dashes
    title: str  # as people read it
    description: str
    version: str


_paths = (folder / "pyproject.toml" for folder in Path(__file__).parents)
_path = next((path for path in _paths if path.is_file()), None)
_content = tomllib.loads(_path.read_text("utf-8")) if _path else {}
_project = {"name": "app", "description": "", "version": "0", **_content.get("project", {})}
_title = _content.get("tool", {}).get("app", {}).get("title", _project["name"])
PROJECT = Project(_project["name"], _title, _project["description"], _project["version"])

# A wheel brings a copy of pyproject.toml inside the package, and has no folder of its own.
_installed = _path is None or _path.parent == Path(__file__).parent.parent
FOLDER = None if _path is None or _installed else _path.parent
"""Where relative paths of settings start, whatever the working folder is; None in a wheel."""


def find(path: Path) -> Path:
    """Return where the file `path` of a setting lies: in `FOLDER`, if it is relative.

    In a wheel, and before 0.9.1, that is the working folder. A file that only the working folder
    has is still taken, with a warning, as there is one for a file there that is passed over.
    """
    if FOLDER is None or path.is_absolute():
        return path
    there = FOLDER / path
    # Where a folder may not be looked into, nothing of it is taken.
    if not os.access(path, os.F_OK):
        return there
    here, log = path.absolute(), logging.getLogger(__name__)
    if not os.access(there, os.F_OK):
        log.warning("%s is used: move it to %s, which is found from every folder.", here, there)
        return here
    if not here.samefile(there):
        log.warning("%s is used; %s in the working folder is not.", there, here)
    return there
