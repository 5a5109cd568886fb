"""The table of `pytest --asvs` is right, and a gap fails the run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit import asvs

OURS = [
    number for number, requirement in asvs.REQUIREMENTS.items() if not requirement.not_ours
]
IN_A_BROWSER = [number for number in OURS if asvs.REQUIREMENTS[number].in_a_browser]


def run(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(tests)
    project = Path(__file__).parents[3]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--asvs", "--rootdir"]
    return subprocess.run(
        [*command, str(folder), "-c", str(project / "pyproject.toml"), str(folder / "test_it.py")],
        cwd=project,
        capture_output=True,
        text=True,
    )


def test_every_requirement_shown_and_met_passes(tmp_path: Path) -> None:
    names = "".join(f"_v{number.replace('.', '_')}" for number in OURS)
    outcome = run(tmp_path, f"def test{names}_all(): pass\n")
    assert outcome.returncode == 0, outcome.stdout
    assert f"{len(OURS)} of {len(OURS)} requirements met" in outcome.stdout


def test_a_requirement_without_a_test_that_passed_fails_the_run(tmp_path: Path) -> None:
    names = "".join(f"_v{number.replace('.', '_')}" for number in OURS[1:])
    skipped = f"test_v{OURS[0].replace('.', '_')}_skipped"
    mark = "@pytest.mark.skipif('True', reason='stands for a test that did not run')"
    content = f"import pytest\ndef test{names}_rest(): pass\n{mark}\ndef {skipped}(): pass\n"
    outcome = run(tmp_path, content)
    assert outcome.returncode == 1, outcome.stdout
    assert f"{len(OURS) - 1} of {len(OURS)} requirements met" in outcome.stdout


def test_what_only_a_browser_shows_needs_no_test_here_but_none_may_fail(tmp_path: Path) -> None:
    names = "".join(f"_v{each.replace('.', '_')}" for each in OURS if each not in IN_A_BROWSER)
    content = f"def test{names}_all(): pass\n"
    outcome = run(tmp_path, content)
    assert outcome.returncode == 0, outcome.stdout
    assert outcome.stdout.count("  0  in Chromium\n") == len(IN_A_BROWSER) > 0
    told = f"{len(OURS)} requirements met, {len(IN_A_BROWSER)} of them in Chromium"
    assert told in outcome.stdout
    failing = f"def test_v{IN_A_BROWSER[0].replace('.', '_')}_shown(): assert False\n"
    outcome = run(tmp_path, content + failing)
    assert outcome.returncode == 1, outcome.stdout
    assert f"{len(OURS) - 1} of {len(OURS)} requirements met" in outcome.stdout


@pytest.mark.parametrize(
    ("name", "requirements"),
    [
        ("test_the_page_is_served", []),
        ("test_v3_5_6_no_jsonp", ["3.5.6"]),
        ("test_v3_5_1_v3_5_6_and_so_on", ["3.5.1", "3.5.6"]),
        # What owners write, and mean no requirement with.
        ("test_v1_items", []),
        ("test_v2_of_the_api_answers", []),
        ("test_v1_2_3_upgrade", []),
        ("test_v3_5_1_2_of_the_format", []),
        ("test_upgrade_from_v3_5_1_to_v3_5_6", []),
        ("test_v7_6_1_which_is_not_the_apps", []),
    ],
)
def test_a_name_says_which_requirements_a_test_shows(name: str, requirements: list[str]) -> None:
    assert asvs.numbers(name) == requirements
