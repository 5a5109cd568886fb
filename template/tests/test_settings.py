"""A wrong setting stops the app with a sentence; what the project ships starts it."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

from app.main import create_app
from app.sessions.store import open_store
from app.settings import Settings, load_settings
from tests.conftest import HASH

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
        ("SESSION_STORE=mysql://db", "Settings: SESSION_STORE: write sqlite:///FILE, or a URL"),
        ("SESSION_STORE=sqlite:///", "Settings: SESSION_STORE: write sqlite:///FILE, or a URL"),
        ("SESSION_STORE=redis://:pass/word@host", "Settings: SESSION_STORE: write SCHEME://USER"),
        ("SESSION_STORE=postgresql://u:p%t@host", "Settings: SESSION_STORE: write SCHEME://USER"),
        ("SESSION_STORE=postgresql://u:p@t@host", "Settings: SESSION_STORE: write SCHEME://USER"),
        ("SESSION_STORE=redis://host:a", "Settings: SESSION_STORE: write SCHEME://USER"),
        ("SESSION_IDLE_LIMIT=60", "Settings: SESSION_IDLE_LIMIT: Input should be greater than"),
        ("USERS=ada", "Settings: USERS: write it as JSON, as in .env.example."),
        ('USERS={"ada": "secret"}', "Settings: USERS: ADA: no argon2 hash; `python -m app users"),
        ("SIGN_IN_LIMIT_PER_USER=often", "Settings: SIGN_IN_LIMIT_PER_USER: couldn't parse rate"),
        ('TRUSTED_ORIGINS=["*"]', "Settings: TRUSTED_ORIGINS: 0: write an origin in lower case"),
        ('TRUSTED_ORIGINS=["https://a.example/"]', "Settings: TRUSTED_ORIGINS: 0: write an origin"),
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


def test_origins_and_users_are_written_as_json(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origins = ["https://app.example", "http://192.168.1.5:8000", "http://[::1]:8000"]
    dotenv.write_text(f"TRUSTED_ORIGINS={json.dumps(origins)}\nUSERS='{json.dumps({'a': HASH})}'")
    monkeypatch.setenv("USERS", f"'{json.dumps({'a': HASH})}'")  # as Docker passes it
    settings = load_settings()
    assert (settings.trusted_origins, settings.users) == (origins, {"a": HASH})


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


@pytest.mark.parametrize(
    ("url", "extra", "module"),
    [
        ("redis+cluster://localhost", "redis", "redis.asyncio"),
        ("postgresql://localhost/app", "postgresql", "psycopg"),
    ],
)
def test_a_missing_driver_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, url: str, extra: str, module: str
) -> None:
    monkeypatch.delitem(sys.modules, f"app.sessions.{extra}", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    sentence = f"{module.partition('.')[0]} is not installed; run `uv sync --extra {extra}`"
    with pytest.raises(SystemExit, match=sentence):
        open_store(url)
