"""A wrong setting stops the app with a sentence; what the project ships starts it."""

import shutil
from pathlib import Path

import pytest
from dotenv import dotenv_values

from app.main import create_app
from app.settings import Settings, load_settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(Settings.model_config, "env_file", str(tmp_path / ".env"))
    return tmp_path / ".env"


def test_unset_means_production() -> None:
    settings = load_settings()
    assert settings.fastapi_env == "production"
    assert not settings.cookies_over_http


def test_the_environment_wins_over_dotenv(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text("FASTAPI_ENV=production\nCOOKIES_OVER_HTTP=true\n")
    monkeypatch.setenv("FASTAPI_ENV", "development")
    assert load_settings().cookies_over_http


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("FASTAPI_ENV=staging", "Settings: FASTAPI_ENV: Input should be 'production' or 'devel"),
        ("COOKIES_OVER_HTTP=maybe", "Settings: COOKIES_OVER_HTTP: Input should be a valid boolean"),
        ("COOKIES_OVER_HTTP=true", "Settings: COOKIES_OVER_HTTP=true sends cookies that anyone"),
        ("COOKIE_OVER_HTTP=true", "Settings: COOKIE_OVER_HTTP: no such setting"),
        ("A=1\nCOOKIES_OVER_HTTP='true", "Settings: .env, at line 2: write it as NAME=value."),
    ],
)
def test_a_wrong_setting_stops_the_app_with_a_sentence(
    dotenv: Path, content: str, sentence: str
) -> None:
    dotenv.write_text(content)
    with pytest.raises(SystemExit, match=r"^Settings: ") as stop:
        load_settings()
    assert str(stop.value).startswith(sentence)
    assert "\n" not in str(stop.value)


def test_a_dotenv_in_another_encoding_stops_the_app_with_a_sentence(dotenv: Path) -> None:
    dotenv.write_bytes("FASTAPI_ENV=é".encode("latin-1"))
    with pytest.raises(SystemExit, match="save it as UTF-8"):
        load_settings()


def test_copying_the_example_starts_the_app(dotenv: Path) -> None:
    shutil.copy(EXAMPLE, dotenv)
    assert create_app(load_settings()).routes


def test_the_example_lists_every_setting() -> None:
    listed = dotenv_values(EXAMPLE).keys()
    assert [name.upper() for name in Settings.model_fields] == list(listed)
