"""Which language is taken of those that a browser asks for."""

import pytest

from app.kit import best_language


@pytest.mark.parametrize(
    ("accept_language", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("ja", "en"),
        ("de-AT", "de"),
        ("en;q=0.2, DE;q=0.9", "de"),
        ("de;q=0.5, fr;q=0.5", "de"),
        ("de;q=0, fr;q=0.001", "fr"),
        ("de;q=1.000, fr", "de"),
        ("de;q=1.001, fr;q=0.1", "fr"),
        ("de;q=nan, fr;q=0.1", "fr"),
        (";;,,=", "en"),
    ],
)
def test_the_most_wanted_language_that_is_spoken_is_taken(
    accept_language: str, language: str
) -> None:
    assert best_language(accept_language, {"en": "Hello", "de": "Hallo", "fr": "Bonjour"}) == (
        language
    )
