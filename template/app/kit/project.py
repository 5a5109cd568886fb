"""What `pyproject.toml` says about this project."""

import tomllib
from pathlib import Path
from typing import NamedTuple


class Project(NamedTuple):
    name: str  # lowercase letters, digits and dashes
    title: str  # as people read it
    description: str
    version: str


def _read() -> Project:
    paths = (folder / "pyproject.toml" for folder in Path(__file__).parents)
    content = next((tomllib.loads(path.read_text("utf-8")) for path in paths if path.is_file()), {})
    project = {"name": "app", "description": "", "version": "0", **content.get("project", {})}
    title = content.get("tool", {}).get("app", {}).get("title", project["name"])
    return Project(project["name"], title, project["description"], project["version"])


PROJECT = _read()
