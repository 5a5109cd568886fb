"""What `pyproject.toml` says about this project."""

import tomllib
from pathlib import Path
from typing import NamedTuple


class Project(NamedTuple):
    name: str  # lowercase letters, digits and dashes
    title: str  # as people read it
    description: str
    version: str


_paths = (folder / "pyproject.toml" for folder in Path(__file__).parents)
_content = next((tomllib.loads(path.read_text("utf-8")) for path in _paths if path.is_file()), {})
_project = {"name": "app", "description": "", "version": "0", **_content.get("project", {})}
_title = _content.get("tool", {}).get("app", {}).get("title", _project["name"])
PROJECT = Project(_project["name"], _title, _project["description"], _project["version"])
