"""A wrong setting stops the app with a sentence."""

import json
from pathlib import Path

import pytest

from app.kit import KitSettings, load


class Settings(KitSettings):
    """An app's own."""

    greeting: str = "Hello"


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(Settings.model_config, "env_file", str(tmp_path / ".env"))
    return tmp_path / ".env"


def test_unset_means_production() -> None:
    settings = load(Settings)
    assert (settings.fastapi_env, settings.cookies_over_http) == ("production", False)


def test_the_environment_wins_over_dotenv(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text("FASTAPI_ENV=production\nCOOKIES_OVER_HTTP=true\n")
    monkeypatch.setenv("FASTAPI_ENV", "development")
    assert load(Settings).cookies_over_http


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("FASTAPI_ENV=staging", "FASTAPI_ENV: Input should be 'production' or 'development'"),
        ("COOKIES_OVER_HTTP=maybe", "COOKIES_OVER_HTTP: Input should be a valid boolean"),
        ("COOKIES_OVER_HTTP=true", "COOKIES_OVER_HTTP=true sends cookies that anyone"),
        ("COOKIE_OVER_HTTP=true", ".env, at line 1: no setting is called COOKIE_OVER_HTTP; is it"),
        ("A=1\ngreetings=Hi", ".env, at line 2: no setting is called greetings; is it GREETING?"),
        ("A=1\nCOOKIES_OVER_HTTP='true", ".env, at line 2: write it as NAME=value."),
        ("MAX_BODY_SIZE=0", "MAX_BODY_SIZE: Input should be greater than"),
        ("TRUSTED_ORIGINS=https://a.example", "TRUSTED_ORIGINS: write it as JSON"),
        ('TRUSTED_ORIGINS=["*"]', "TRUSTED_ORIGINS: 0: write an origin without a path"),
        ('TRUSTED_ORIGINS=["null"]', "TRUSTED_ORIGINS: 0: write an origin without a path"),
        ('TRUSTED_ORIGINS=["https://*.example"]', "TRUSTED_ORIGINS: 0: write an origin"),
        ('TRUSTED_ORIGINS=["https://a.example/"]', "TRUSTED_ORIGINS: 0: write an origin"),
    ],
)
def test_a_wrong_setting_stops_the_app_with_a_sentence(
    dotenv: Path, content: str, sentence: str
) -> None:
    dotenv.write_text(content)
    with pytest.raises(SystemExit) as stop:
        load(Settings)
    assert str(stop.value).startswith(f"Settings: {sentence}")
    assert "\n" not in str(stop.value)


def test_each_wrong_setting_has_a_line(dotenv: Path) -> None:
    dotenv.write_text("FASTAPI_ENV=staging\nMAX_BODY_SIZE=0\n")
    with pytest.raises(SystemExit) as stop:
        load(Settings)
    names = [line.split(": ")[1] for line in str(stop.value).splitlines()]
    assert names == ["FASTAPI_ENV", "MAX_BODY_SIZE"]


def test_a_dotenv_in_another_encoding_stops_the_app_with_a_sentence(dotenv: Path) -> None:
    dotenv.write_bytes("FASTAPI_ENV=é".encode("latin-1"))
    with pytest.raises(SystemExit, match="save it as UTF-8"):
        load(Settings)


def test_variables_of_other_programs_are_none_of_our_business(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("FORWARDED_ALLOW_IPS", "DATABASE_URL", "PORT", "COMPOSE_PROJECT_NAME")
    dotenv.write_text("".join(f"{name}=1\n" for name in names))
    monkeypatch.setenv("COOKIE_OVER_HTTP", "true")  # the environment is everybody's
    assert load(Settings).greeting == "Hello"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_that_docker_passes_on_come_off(monkeypatch: pytest.MonkeyPatch, quote: str) -> None:
    monkeypatch.setenv("GREETING", f"{quote}Hi there{quote}")
    monkeypatch.setenv("TRUSTED_ORIGINS", f'{quote}["https://a.example"]{quote}')
    settings = load(Settings)
    assert (settings.greeting, settings.trusted_origins) == ("Hi there", ["https://a.example"])


def test_origins_are_kept_as_browsers_send_them(monkeypatch: pytest.MonkeyPatch) -> None:
    written = {
        "https://APP.example:443": "https://app.example",
        "http://app.example:80": "http://app.example",
        "http://[::1]:8000": "http://[::1]:8000",
        "capacitor://localhost": "capacitor://localhost",
        "tauri://localhost": "tauri://localhost",
        "chrome-extension://abcdef": "chrome-extension://abcdef",
    }
    monkeypatch.setenv("TRUSTED_ORIGINS", json.dumps([*written]))
    assert load(Settings).trusted_origins == [*written.values()]
