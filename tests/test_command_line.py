"""What people type: copy, the commands that it shows, update. Nothing asks for trust."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.commands import commands_of_the_answers_file, copy, no_conflict, run, typed
from tests.tools import COPIER, commit_all, files


@pytest.mark.parametrize(
    "folder",
    [
        *("it's", "-dash", ".", "absolute"),
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in ("my-app", "my app", "a/b", "$HOME")
        ),
    ],
)
def test_the_next_commands_lead_to_the_folder_that_was_used(
    template_repository: Path, tmp_path: Path, folder: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    target = str(here / "abs") if folder == "absolute" else folder
    printed = copy(str(template_repository), target, here)
    shown = re.findall(r"^  (\S.*)$", printed.split("Next:")[1], flags=re.MULTILINE)[:3]
    assert [each for each in shown if not each.startswith("cd ")][:2] == [
        "uv run fastapi dev",
        "uv run pytest",
    ]
    # The commands run as they are shown, but for what takes long.
    script = "\n".join(shown).replace("uv run", "echo")
    outcome = run(["bash", "-euc", f"{script}\npwd; ls"], here)
    assert outcome.returncode == 0, outcome.stderr
    assert len(shown) == 3
    assert (shown[0].startswith("cd ")) == (folder != ".")
    assert "pyproject.toml" in outcome.stdout.splitlines()


def test_the_recorded_source_is_one_that_an_update_can_use(
    template_repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template, odd = tmp_path / "template", tmp_path / "col:on" / "template"
    for folder in (template, odd):
        shutil.copytree(template_repository, folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    url = f"git+{template.as_uri()}"
    for source, expected in {
        "template": str(template),
        "./col:on/../template": str(template),
        "col:on/template": str(odd),
        "~/template": str(template),
        url: url,
    }.items():
        copy(source, "project", tmp_path, "--overwrite")
        recorded = yaml.safe_load((tmp_path / "project/.copier-answers.yml").read_text("utf-8"))
        assert recorded["_src_path"] == expected


def test_switching_the_strategy_and_back_gives_the_first_bytes(
    template_repository: Path, tmp_path: Path
) -> None:
    copy(str(template_repository), "project", tmp_path)
    copy(str(template_repository), "other", tmp_path, "-d", "cookie_strategy=direct",
         "-d", "project_name=project")  # fmt: skip
    project, other = tmp_path / "project", tmp_path / "other"
    first = files(project)
    commit_all(project)
    for expected in (files(other), first):
        _, switch = commands_of_the_answers_file(project)
        outcome = run(typed(switch), project)
        assert outcome.returncode == 0, outcome.stderr
        assert no_conflict(project)
        assert files(project) == expected
        commit_all(project, "Switch")


def test_negative_control_a_template_that_runs_code_would_need_trust(
    template_repository: Path, tmp_path: Path
) -> None:
    template = tmp_path / "template"
    shutil.copytree(template_repository, template)
    with (template / "copier.yml").open("a") as file:
        file.write("\n_tasks: ['true']\n")
    commit_all(template, "Run code")
    outcome = run([*COPIER, "copy", "--defaults", "template", "project"], tmp_path)
    assert outcome.returncode == 4
    assert "--trust" in outcome.stderr


def test_a_wrong_answer_is_refused_with_a_sentence_and_leaves_no_folder(
    template_repository: Path, tmp_path: Path
) -> None:
    command = [*COPIER, "copy", "--defaults", "--data", "user_email=ada", str(template_repository)]
    outcome = run([*command, "project"], tmp_path)
    assert outcome.returncode != 0
    assert outcome.stderr.strip().splitlines()[-1] == (
        "ValueError: Validation error for question 'user_email': "
        "Write an e-mail address such as name@example.com, or leave it empty."
    )
    assert [*tmp_path.iterdir()] == []
