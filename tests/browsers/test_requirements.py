"""What the rendered table of ASVS requirements says is shown in Chromium, is shown here."""

import re
from pathlib import Path

from tests.answers import ROOT

TABLES = ("tests/kit/asvs.py", "{{sessions}}/tests/kit/sessions/asvs.py")
ROW = re.compile(r'"([\d.]+)": Requirement\((?:(?!Requirement\().)*?in_a_browser=True', re.DOTALL)


def test_what_the_table_says_is_shown_in_chromium_is_shown_here() -> None:
    tables = [(ROOT / "template" / each).read_text("utf-8") for each in TABLES]
    said = [number for text in tables for number in ROW.findall(text)]
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    shown = re.findall(r"def test_v(\d+_\d+_\d+)_", tests)
    assert len(said) > 3
    assert sorted(said) == sorted({each.replace("_", ".") for each in shown})
