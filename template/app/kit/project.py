"""What `pyproject.toml` says about this project."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """The project that this app belongs to."""

    name: str  # lowercase letters, digits and dashes
    title: str  # as people read it
    description: str
    version: str


def read_project() -> Project:
    paths = [folder / "pyproject.toml" for folder in Path(__file__).parents]
    found = [tomllib.loads(path.read_text("utf-8")) for path in paths if path.is_file()]
    content = found[0] if found else {}
    project = content.get("project", {})
    name = project.get("name", "app")
    title = content.get("tool", {}).get("app", {}).get("title", name)
    return Project(name, title, project.get("description", ""), project.get("version", "0"))


PROJECT = read_project()
