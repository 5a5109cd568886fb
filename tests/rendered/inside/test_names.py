"""No typo hides in the name of a test of ours that belongs to a requirement of the ASVS."""

import re
from pathlib import Path

from tests.kit import asvs

NAMES = {
    name
    for path in Path(__file__).parents[1].rglob("*.py")
    for name in re.findall(r"^(?:async )?def (test\w+)", path.read_text("utf-8"), re.MULTILINE)
}
MEANT = [name for name in NAMES if re.match(r"test_v_?\d|\w*_v\d+_\d+_\d+", name)]


def test_a_name_that_means_a_requirement_names_one_of_the_table() -> None:
    assert "test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read" in MEANT
    for name in MEANT:
        numbers = re.findall(r"_v(\d+_\d+_\d+)(?=_)", name)
        assert name.startswith(f"test_v{'_v'.join(numbers)}_"), name
        assert asvs.numbers(name) == [each.replace("_", ".") for each in numbers], name
