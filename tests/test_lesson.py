"""The page about cookies, docs/cookies.md: a reader pastes its blocks, and they work."""

import re
import shutil
from pathlib import Path

import pytest

from tests.answers import STRATEGIES
from tests.conftest import Environment, Render, Warm
from tests.gates import OLDEST, STATIC_GATES, assert_passes
from tests.owners import edit_routers

INSIDE = Path(__file__).parent / "lesson" / "inside" / "test_lesson.py"
TESTS = set(re.findall(r"^def (test_\w+)", INSIDE.read_text("utf-8"), re.MULTILINE))
FENCED = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def page(project: Path) -> str:
    return (project / "docs" / "cookies.md").read_text("utf-8")


@pytest.fixture(scope="module")
def pages(render_once: Render) -> dict[str, str]:
    """The page of each strategy."""
    return {each: page(render_once(f"lesson-{each}", cookie_strategy=each)) for each in STRATEGIES}


def files(page: str) -> list[tuple[str, str]]:
    """Return the blocks that are files, or parts of one: the path and the text."""
    return [
        (found[1], code)
        for language, code in FENCED.findall(page)
        if (found := re.match(r"(?:#|<!--) (\S+)", code)) and language in {"python", "html"}
    ]


def needed_by(page: str) -> set[str]:
    """Return the names of the tests that these blocks need."""
    names = {"test_openapi"}
    for language, code in FENCED.findall(page):
        if language == "python" and code.startswith("# app/cookies.py\n"):
            names |= {
                f"test_cookie_{name.lower()}" for name in re.findall(r"^(\w+) = ", code, re.M)
            }
        elif language == "python":
            path = re.match(r"# app/routes/(\w+)\.py\n", code)
            assert path, f"a block says in its first line where it goes: {code}"
            names.add(f"test_{path[1]}")
        elif language == "javascript":
            names |= {f"test_script_{name}" for name in re.findall(r'\["(\w+)"\]', code)}
        else:
            assert language in {"html", "console"}, code
    return names


def paste(project: Path) -> None:
    """Do what the page says."""
    routers = []
    for path, code in files(page(project)):
        target = project / path
        if path == "app/cookies.py":
            with target.open("a", encoding="utf-8") as file:
                file.write(f"\n\n{code}")
            continue
        assert not target.exists(), path
        target.parent.mkdir(exist_ok=True)
        target.write_text(code, "utf-8")
        if path.startswith("app/routes/"):
            routers.append(target.stem)
            # Each works without the others.
            assert {*re.findall(r"from (app\S*)", code)} <= {"app.cookies", "app.kit"}, path
    edit_routers(project, add=tuple(routers))
    shutil.copy(INSIDE, project / "tests" / "test_lesson.py")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_block_works_as_a_reader_pastes_it(
    render: Render, warm: Warm, environment: Environment, strategy: str
) -> None:
    project = render(cookie_strategy=strategy)
    assert needed_by(page(project)) - TESTS == set(), "each block has a test"
    paste(project)
    code, printed = warm(project, "-q", "tests/test_lesson.py", "tests/test_app.py")
    assert code == 0, printed
    (project / "tests" / "test_lesson.py").unlink()
    assert_passes(project, environment(OLDEST), STATIC_GATES)


def test_negative_control_a_block_without_a_test_is_noticed(pages: dict[str, str]) -> None:
    more = "```python\n# app/routes/more.py\n```\n```python\n# app/cookies.py\nMORE = 1\n```\n"
    assert needed_by(pages["direct"] + more) >= {"test_more", "test_cookie_more"}


# The paragraphs that differ between the strategies, by what stands in them.
DIFFERENT = ["Its code sets cookies on"]


def test_the_pages_of_both_strategies_differ_where_the_code_does(pages: dict[str, str]) -> None:
    one, other = pages.values()
    headings = [re.findall("^#+ .*", FENCED.sub("", each), re.MULTILINE) for each in (one, other)]
    assert headings[0] == headings[1]
    prose = [FENCED.sub("", each).split("\n\n") for each in (one, other)]
    assert len(prose[0]) == len(prose[1])
    different = [pair for pair in zip(*prose, strict=True) if pair[0] != pair[1]]
    assert len(different) == len(DIFFERENT)
    for pair, expected in zip(different, DIFFERENT, strict=True):
        assert all(expected in paragraph for paragraph in pair)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_page_is_short(pages: dict[str, str], strategy: str) -> None:
    text = pages[strategy]
    assert len(text.splitlines()) <= 440
    assert max(len(line) for _, code in FENCED.findall(text) for line in code.splitlines()) <= 100
    # A project has this page without sign-in, too.
    assert not re.findall(r"session|sign.?in|\busers?\b", text, re.IGNORECASE)
