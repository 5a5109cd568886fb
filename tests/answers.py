"""The answers that the tests give: the choices, combined, and texts that break things."""

from collections.abc import Iterable
from itertools import combinations, product
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent

QUESTIONS: dict[str, dict[str, Any]] = {
    name: question
    for name, question in yaml.safe_load((ROOT / "copier.yml").read_text("utf-8")).items()
    if not name.startswith("_") and question.get("when", True)
}

STRATEGIES = ("temporal", "direct")
SIZES = ("none", "sessions")
"""The answers to `sign_in`."""
BEFORE: dict[str, tuple[tuple[int, int], Any]] = {
    "sign_in": ((0, 6), "sessions"),
    "not_found_page": ((0, 9), False),
}
"""The first release that asks each of these, and the answer of all projects from before."""


def unasked(release: str) -> dict[str, Any]:
    """Return what a project of this release answers to questions that came later."""
    version = tuple(map(int, release.split(".")))
    return {name: answer for name, (since, answer) in BEFORE.items() if version < since}


def _choices(question: dict[str, Any]) -> list[Any]:
    choices = question.get("choices", [])
    values = choices.values() if isinstance(choices, dict) else choices
    return [each["value"] if isinstance(each, dict) else each for each in values]


CHOICES = {name: _choices(question) for name, question in QUESTIONS.items() if _choices(question)}
TEXTS = [name for name in QUESTIONS if name not in CHOICES]


VALUES = CHOICES | {
    "project_name": ["My App", "Another App"],
    "project_description": ["A FastAPI app that uses cookies.", "An app."],
    "user_name": ["", "Ada"],
    "user_email": ["", "ada@example.com"],
    "copyright_year": ["2025", "2026"],
    "project_slug": ["my-app", "another-app"],
}
"""Answers to each question that an owner changes one into another of."""


def every_combination(**more: list[Any]) -> list[dict[str, Any]]:
    """Return every combination of choices, and of what the test varies beside them."""
    return combined(**CHOICES, **more)


def combined(**factors: Iterable[Any]) -> list[dict[str, Any]]:
    """Return every combination of these that there can be."""
    combinations = [dict(zip(factors, each, strict=True)) for each in product(*factors.values())]
    return [each for each in combinations if is_possible(each)]


def is_possible(answers: dict[str, Any]) -> bool:
    """Return whether there was such a choice in the `release` of which this is, if in any."""
    before = unasked(answers["release"]) if "release" in answers else {}
    return all(answers.get(name, answer) == answer for name, answer in before.items())


def pairwise(**more: list[Any]) -> list[dict[str, Any]]:
    """Return a few combinations in which every pair of choices stands together once."""
    return covering(every_combination(**more), 2)


def together(size: int) -> list[dict[str, Any]]:
    """Return the pairwise combinations, and some in which this many choices stand together."""
    pairs = pairwise()
    return pairs + [each for each in covering(every_combination(), size) if each not in pairs]


def covering(candidates: list[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """Return a few of the combinations, with all that any of them has of `size` values together.

    Greedy, in a few lines: the libraries for it have had no release for years.
    """
    # What each holds is a number with one bit for each of the combinations: that is quick.
    bits: dict[tuple[Any, ...], int] = {}
    held = [
        sum(1 << bits.setdefault(each, len(bits)) for each in combinations(candidate.items(), size))
        for candidate in candidates
    ]
    missing = (1 << len(bits)) - 1
    chosen = []
    while missing:
        best = max(range(len(held)), key=lambda number: (missing & held[number]).bit_count())
        chosen.append(candidates[best])
        missing &= ~held[best]
    return chosen


def label(combination: dict[str, Any]) -> str:
    """Return a name for a test's parameter."""
    return "-".join(str(value) for value in combination.values())


HOSTILE_TEXTS = {
    "double quote": 'The "best" app',
    "single quote": "Ada's app",
    "triple quotes": "\"\"\"a''' app",
    "backslash": r"C:\new\table \" \u0041 app\\",
    "jinja": "{{ project_slug }} {% raw %} {# app #} {{ 7 * 7 }}",
    "emoji": "Cookies 🍪 app 👩‍💻",
    "right to left": "تطبيق שלום app",
    "other script": "クッキー",
    "combining": "e\u0301 app \u00e9",
    "leading dashes": "--help -app",
    "markdown": "# *a* _b_ `c` [d](e) <f> ![g](h) ~i~ | j & k &amp; app $1 #",
    "list": "1. app",
    "rule": "- - - app",
    "yaml": "yes: [no, ~, 0x1F, *a, &b, !!c, %d, @e] app",
    "shell": "$(reboot) `reboot` ; reboot && app",
    "html": "</title><script>alert('app')</script>",
    "percent": "100% %s %(app)s",
    "number": "0123",
    "null": "null",
    "long": "app " * 124 + "appp",
}
"""Texts of one line that people do write, or that attack a format."""

REFUSED_TEXTS = {
    "newline": "an\napp",
    "carriage return": "an\rapp",
    "tab": "an\tapp",
    "null byte": "an\x00app",
    "escape": "an\x1b[31mapp",
    "delete": "an\x7fapp",
    "next line": "an\x85app",
    "line separator": "an\u2028app",
    "direction override": "an\u202eppa",
    "half a surrogate pair": "an\ud800app",
    "byte order mark": "\ufeffapp",
    "noncharacter": "an\uffffapp",
    "leading space": " app",
    "trailing space": "app\u00a0",
}
"""Texts that no single line of TOML, YAML and Markdown can all hold unchanged."""
