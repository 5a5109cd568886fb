"""Every file of a project is sound, by its own format's parser."""

import ast
import json
import re
import tomllib
from io import StringIO
from pathlib import Path

import yaml
from dotenv.parser import parse_stream
from markdown_it import MarkdownIt

from tests.tools import files


def assert_sound(project: Path) -> None:
    """Parse every file by its own format's parser."""
    for path, content in files(project).items():
        text = content.decode("utf-8")
        assert not re.search(r"\{%|\{#|#\}|%\}|\.jinja", path), f"Jinja in the name of {path}"
        assert "\r" not in text
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), path
        match Path(path):
            case Path(suffix=".py"):
                ast.parse(text)
            case Path(suffix=".toml"):
                tomllib.loads(text)
            case Path(suffix=".yml"):
                yaml.safe_load(text)
            case Path(suffix=".json"):
                json.loads(text)
            case Path(name=".env.example"):
                assert not any(binding.error for binding in parse_stream(StringIO(text)))
            case Path(suffix=".md"):
                assert_links_lead_somewhere((project / path).parent, text)


def assert_links_lead_somewhere(folder: Path, markdown: str) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown)
    inline = [child for token in tokens for child in token.children or []]
    targets = [str(token.attrGet("href")) for token in inline if token.type == "link_open"]
    for target in targets:
        if re.match(r"https?://", target):
            continue
        path, _, heading = target.partition("#")
        assert not path or (folder / path).exists(), target
        if heading:
            there = (folder / path).read_text("utf-8") if path else markdown
            assert heading in headings(there), target


def headings(markdown: str) -> set[str]:
    """Return what a link to each heading ends with, as forges name it."""
    found = re.findall("^#+ (.*)$", markdown.lower(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).replace(" ", "-") for each in found}
