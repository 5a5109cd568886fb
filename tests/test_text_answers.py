"""Any text either arrives unchanged in every format, or is refused with one sentence."""

import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml
from markdown_it import MarkdownIt

from tests.answers import HOSTILE_TEXTS, REFUSED_TEXTS, TEXTS
from tests.conftest import Render
from tests.soundness import assert_sound

pytestmark = pytest.mark.usefixtures("quick_copier")

# Texts that are free; the others have a grammar of their own.
FREE_TEXTS = ["project_name", "project_description", "user_name"]


def answers_file(project: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8")))


def markdown_texts(path: Path) -> list[str]:
    """Return the texts that a Markdown file shows, and check that they are plain text."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(path.read_text())
    return [
        "".join(child.content for child in token.children or [])
        for token in tokens
        if token.type == "inline" and all(child.type == "text" for child in token.children or [])
    ]


class Title(HTMLParser):
    """Collects what an HTML page shows in its title and its heading."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.open: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.texts[self.open[-1] if self.open else ""] = data


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_a_text_arrives_unchanged_in_every_format(render: Render, text: str) -> None:
    name = text[:100].strip()
    project = render(project_name=name, project_description=text, user_name=text)
    assert_sound(project)

    recorded = answers_file(project)
    assert recorded["project_name"] == name
    assert recorded["project_description"] == recorded["user_name"] == text

    metadata = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["description"] == text
    assert metadata["authors"] == [{"name": text}]
    assert f"Copyright (c) {recorded['copyright_year']} {text}\n" in (
        project / "LICENSE"
    ).read_text("utf-8")
    assert markdown_texts(project / "README.md")[:2] == [name, text]

    page = Title((project / "app" / "frontend" / "index.html").read_text("utf-8"))
    assert page.texts["title"] == name
    assert page.tags.count("script") == 3


@pytest.mark.parametrize("question", FREE_TEXTS)
@pytest.mark.parametrize("text", REFUSED_TEXTS.values(), ids=REFUSED_TEXTS)
def test_a_text_that_cannot_arrive_is_refused(
    render: Render, tmp_path: Path, question: str, text: str
) -> None:
    with pytest.raises(ValueError, match=f"'{question}': (Write it on one line|Remove the space)"):
        render("refused", **{question: text})
    assert not (tmp_path / "refused").exists()


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"project_name": ""}, "Give a name with at least one letter or digit."),
        ({"project_name": "?!_- "}, "Give a name with at least one letter or digit."),
        ({"project_name": "a" * 101}, "Shorten it to 100 characters."),
        ({"user_email": "ada"}, "Write an e-mail address such as name@example.com"),
        ({"user_email": "ada@"}, "Write an e-mail address"),
        ({"user_email": "ada@example.com, eve@example.com"}, "Write an e-mail address"),
        ({"user_email": "ada@example.com\n"}, "Write it on one line"),
        ({"user_email": '"ada"@example.com'}, "Write an e-mail address"),
        ({"copyright_year": ""}, "Write a year as four digits."),
        ({"copyright_year": "26"}, "Write a year as four digits."),
        ({"copyright_year": "2026\n"}, "Write a year as four digits."),
        ({"copyright_year": "٢٠٢٦"}, "Write a year as four digits."),
        ({"project_slug": ""}, "Use lowercase letters, digits and single dashes"),
        ({"project_slug": "My App"}, "Use lowercase letters, digits and single dashes"),
        ({"project_slug": "-app"}, "Use lowercase letters, digits and single dashes"),
        ({"project_slug": "my--app"}, "Use lowercase letters, digits and single dashes"),
        ({"project_slug": "my_app"}, "Use lowercase letters, digits and single dashes"),
        ({"project_slug": "app\n"}, "Use lowercase letters, digits and single dashes"),
        ({"project_slug": "fastapi"}, "depends on a package of this name; choose another."),
        ({"cookie_strategy": "both"}, "'both' is not in ['temporal', 'direct']"),
        ({"python_version": "3.10"}, "'3.10' is not in ['3.11', '3.12', '3.13', '3.14']"),
    ],
)
def test_an_answer_that_makes_no_project_is_refused(
    render: Render, tmp_path: Path, answers: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=r"^(Validation error|Invalid choice) for") as refusal:
        render("refused", **answers)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "refused").exists()


# One text for each question on each push: the question decides, whatever the text is.
@pytest.mark.parametrize(
    ("question", "text"),
    [
        pytest.param(question, text, marks=pytest.mark.slow if number else ())
        for question in sorted({*TEXTS} - {*FREE_TEXTS})
        for number, text in enumerate(each for each in HOSTILE_TEXTS.values() if not each.isalnum())
    ],
)
def test_a_text_that_has_a_grammar_of_its_own_refuses_them(
    render: Render, tmp_path: Path, question: str, text: str
) -> None:
    with pytest.raises(ValueError, match=f"for question '{question}'"):
        render("refused", **{question: text})
    assert not (tmp_path / "refused").exists()


@pytest.mark.parametrize("name", ["Zoë O'Neil-Łukasiewicz", "社長", "Ada"])
@pytest.mark.parametrize("email", ["", "ada+cookies@mail.example.com"])
def test_authors_are_those_who_were_given(render: Render, name: str, email: str) -> None:
    project = render(user_name=name, user_email=email)
    metadata = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["authors"] == [{"name": name} | ({"email": email} if email else {})]


@pytest.mark.parametrize("chosen", ["MIT", "Apache-2.0", "BSD-3-Clause"])
def test_nobody_by_name_holds_the_copyright_for_all_authors(render: Render, chosen: str) -> None:
    project = render(license=chosen, copyright_year="2024")
    text = (project / "LICENSE").read_text("utf-8")
    assert "2024" in text
    assert "The authors of My App\n" in text
    metadata = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["license"] == chosen
    assert "authors" not in metadata


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My App", "my-app"),
        ("  my__APP!!  ".strip(), "my-app"),
        ("クッキー", "app"),
        ("7", "7"),
        ("FastAPI", "fastapi-app"),
        ("Click", "click-app"),
        ("pydantic_settings", "pydantic-settings-app"),
    ],
)
def test_the_distribution_name_follows_from_the_name(render: Render, name: str, slug: str) -> None:
    assert answers_file(render(project_name=name))["project_slug"] == slug


def test_the_name_follows_from_the_folder(template: Path, tmp_path: Path) -> None:
    copier.run_copy(str(template), tmp_path / "cookie-jar", defaults=True, quiet=True)
    assert answers_file(tmp_path / "cookie-jar")["project_name"] == "cookie-jar"
