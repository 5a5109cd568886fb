"""A template of a few files, since only what git makes of an update matters for it.

Its second release brings our own `.gitattributes`; both have our own `tools/update.py`.
"""

import re
from pathlib import Path

from tests.answers import ROOT
from tests.commands import copy
from tests.edits import unmerged
from tests.history import release
from tests.tools import commit_all, git

LINES = [f"line {number}\n" for number in range(1, 41)]
NEW = "brought by the new release\n"
TEXT = "".join(LINES)
EDITED = "".join(["line 1 of the owner  \n", *LINES[1:]])
MERGED = "".join(["line 1 of the owner  \n", *LINES[1:-1], NEW])
CONFLICT = "".join([*LINES[:19], "line 20 of the owner\n", *LINES[20:]])
BOTH = "".join([*LINES[:19], "<<<<<<< before updating\nline 20 of the owner\n=======\n", NEW,
                ">>>>>>> after updating\n", *LINES[20:]])  # fmt: skip


def write(folder: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


def make_small_template(folder: Path) -> Path:
    template = folder / "template"
    names = ["merged.txt", "conflict.txt", "page.md", "deleted.txt", "untouched.txt"]
    write(template, {
        "copier.yml": "_subdirectory: template\nplace:\n  type: str\n  default: here\n",
        "template/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}",
        "template/tools/update.py": (ROOT / "template/tools/update.py").read_text("utf-8"),
        **{f"template/{name}": TEXT for name in names},
        "template/deleted.txt": "deleted by the owner\n",
        "template/part/one.txt": "one\n",
    })  # fmt: skip
    git(folder, "init", "--quiet", "--initial-branch=main", "template")
    release(template, "1.0.0")
    changed = "".join([*LINES[:-1], NEW])
    write(template, {
        "template/merged.txt": changed, "template/page.md": changed, "template/new.txt": NEW,
        "template/conflict.txt": "".join([*LINES[:19], NEW, *LINES[20:]]),
        "template/deleted.txt": NEW, "template/untouched.txt": NEW,
        "template/part/one.txt": "two\n", "template/part/two.txt": NEW,
        "template/.gitattributes": (ROOT / "template/.gitattributes").read_text("utf-8"),
    })  # fmt: skip
    release(template, "2.0.0")
    return template


def make_edited_project(template: Path, project: Path) -> Path:
    """Make a project of the first release that its owner edited."""
    copy(str(template), str(project), template, "--vcs-ref=1.0.0")
    write(project, {"merged.txt": EDITED, "page.md": EDITED, "conflict.txt": CONFLICT,
                    "für.txt": "mine \n"})  # fmt: skip
    (project / "deleted.txt").unlink()
    commit_all(project)
    return project


def assert_nothing_lost(project: Path) -> None:
    expected = {"merged.txt": MERGED, "page.md": MERGED, "conflict.txt": BOTH, "new.txt": NEW,
                "untouched.txt": NEW, "für.txt": "mine \n"}  # fmt: skip
    for path, text in expected.items():
        found = (project / path).read_bytes().decode().replace("\r\n", "\n")
        # merge.conflictStyle may show what both came from, too.
        found = re.sub(r"^\|{7} .*?(?=^=======$)", "", found, flags=re.MULTILINE | re.DOTALL)
        assert found == text, path
    assert unmerged(project) == {"conflict.txt"}
    assert not (project / "deleted.txt").exists()
    assert not [*project.rglob("*.rej")]
