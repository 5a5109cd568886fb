"""The line that `python -m app users add` prints for `.env`, as each program reads it."""

import json
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from app.kit import read_json
from app.users import Users


@pytest.mark.parametrize(
    "name",
    ["ada", "zoé", "corp\\bob", "corp\\new\\\\two", "a'b", 'a"b', '\\"', "\\'", "${HOME}", "a\\"]
    + ["#", "\\u0027", "\n", "a\\$HOME"],
)
def test_a_user_that_was_added_has_the_name_that_was_given(name: str, tmp_path: Path) -> None:
    line = Users({}).add(name, "correct horse").splitlines()[-1]
    (tmp_path / ".env").write_text(line, "utf-8")
    for_dotenv = dotenv_values(tmp_path / ".env")["USERS"]
    assert for_dotenv
    assert list(json.loads(for_dotenv)) == [name]
    # Docker reads the line as it stands, quotes and all, which the settings take off.
    for_docker = line.removeprefix("USERS=")
    users: Any = read_json(for_docker.removeprefix("'").removesuffix("'"))
    assert list(users) == [name]
