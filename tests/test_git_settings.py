"""No git setting of whoever updates loses an edit: Copier's git reads those settings, too.

A template of a few files stands for ours, since only what git makes of an update matters here. Its
second release brings our own `.gitattributes` and `tools/update.py`.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.answers import ROOT
from tests.edits import MARKERS, unmerged
from tests.history import release
from tests.test_command_line import copy
from tests.tools import COPIER, commit_all, git

LINES = [f"line {number}\n" for number in range(1, 41)]
MERGED = "".join(["line 1 of the owner \n", "line 2 of the owner\n", *LINES[2:]])
NEW = "brought by the new release\n"
CONFLICT = [*LINES[:19], "line 20 of the owner\n", *LINES[20:]]


def write(folder: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


@pytest.fixture(scope="session")
def small_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template in two releases."""
    template = tmp_path_factory.mktemp("small") / "template"
    text = "".join(LINES)
    write(template, {
        "copier.yml": "_subdirectory: template\n_templates_suffix: .jinja\nfolder: app\n",
        "template/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}",
        "template/merged.txt": text, "template/conflict.txt": text, "template/page.md": text,
        "template/deleted.txt": text, "template/untouched.txt": text,
    })  # fmt: skip
    git(template, "init", "--quiet", "--initial-branch=main")
    release(template, "1.0.0")
    write(template, {
        "template/merged.txt": "".join([*LINES[:-1], NEW]),
        "template/conflict.txt": "".join([*LINES[:19], NEW, *LINES[20:]]),
        "template/page.md": "".join([*LINES[:-1], NEW]),
        "template/deleted.txt": NEW, "template/untouched.txt": NEW, "template/new.txt": NEW,
        **{f"template/{path}": (ROOT / "template" / path).read_text("utf-8")
           for path in (".gitattributes", "tools/update.py") if not os.environ.get("BEFORE")},
    })  # fmt: skip
    release(template, "2.0.0")
    return template
