"""A wrong setting stops the app with a sentence."""

import json
from pathlib import Path

import pytest

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from app.kit import KitSettings, load, project


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
        ("COOKIE_OVER_HTTP=true", ".env, at line 1: no setting is called COOKIE_OVER_HTTP; is it"),
        ("A=1\ngreetings=Hi", ".env, at line 2: no setting is called greetings; is it GREETING?"),
        ("A=1\nCOOKIES_OVER_HTTP='true", ".env, at line 2: write it as NAME=value."),
        ("MAX_BODY_SIZE=0", "MAX_BODY_SIZE: Input should be greater than"),
        ("TRUSTED_ORIGINS=https://a.example", "TRUSTED_ORIGINS: write it as JSON"),
        ('TRUSTED_ORIGINS=["*"]', "TRUSTED_ORIGINS: 0: write an origin without a path"),
        ('TRUSTED_ORIGINS=["null"]', "TRUSTED_ORIGINS: 0: write an origin without a path"),
        ('TRUSTED_ORIGINS=["https://*.example"]', "TRUSTED_ORIGINS: 0: write an origin"),
        ("TRUSTED_ORIGINS=" + "[" * 20_000, "TRUSTED_ORIGINS: write it as JSON"),
        *(
            (f'TRUSTED_ORIGINS=["{each}"]', "TRUSTED_ORIGINS: 0: write an origin without a path")
            for each in (
                "https://a.example/",
                "https://a.example?",
                "https://user@a.example",
                "https://a.example:99999",
                "https://[:::::]",
                "http://1.2.3.4.5",
                "https://a b",
                "wss://a.example",
                "ws://a.example:80",
                "file://x",
                "data://x",
                "about://blank",
                "ftp://a:21",
            )
        ),
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
    with pytest.raises(SystemExit, match="^Settings: .env cannot be read as UTF-8: .*codec"):
        load(Settings)


def test_a_dotenv_that_cannot_be_read_stops_the_app_with_a_sentence(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    dotenv.touch()
    monkeypatch.setattr(Path, "read_text", refuse)  # root may read everything
    with pytest.raises(SystemExit, match="^Settings: .env cannot be read .*Permission denied"):
        load(Settings)


def test_variables_of_other_programs_are_none_of_our_business(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = (
        "FORWARDED_ALLOW_IPS", "DATABASE_URL", "PORT", "COMPOSE_PROJECT_NAME", "CSRF_TRUSTED_ORIGINS"
    )  # fmt: skip
    dotenv.write_text("".join(f"{name}=1\n" for name in names))
    monkeypatch.setenv("COOKIE_OVER_HTTP", "true")  # the environment is everybody's
    assert load(Settings).greeting == "Hello"


class Shop(KitSettings):
    """With names of an owner's choice."""

    model_config = SettingsConfigDict(env_prefix="SHOP_")

    database_url: str = Field(default="", validation_alias="DATABASE_URI")
    port: int = Field(default=0, validation_alias=AliasChoices("PORTS", "PORTAL"))


def test_settings_have_the_names_that_their_owner_gives_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Shop.model_config, "env_file", str(tmp_path / ".env"))
    lines = ("SHOP_MAX_BODY_SIZE=5", "DATABASE_URI=x", "PORTAL=7", "FASTAPI_ENV=development")
    (tmp_path / ".env").write_text("\n".join(lines))
    shop = load(Shop)
    assert (shop.max_body_size, shop.database_url, shop.port) == (5, "x", 7)
    # `fastapi dev` knows no prefix.
    assert shop.fastapi_env == "development"
    (tmp_path / ".env").write_text("SHOP_MAX_BODY_SIZES=5")
    with pytest.raises(SystemExit, match="is it SHOP_MAX_BODY_SIZE?"):
        load(Shop)


@pytest.mark.parametrize("empty", ["", "''", '""'])
def test_empty_means_the_default(monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), empty)
    assert load(Settings) == Settings.model_construct()


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
        "http://[0:0:0:0:0:0:0:1]:3000": "http://[::1]:3000",
        "http://127.1:3000": "http://127.0.0.1:3000",
        "https://b\u00fccher.example": "https://xn--bcher-kva.example",
    }
    monkeypatch.setenv("TRUSTED_ORIGINS", json.dumps([*written]))
    assert load(Settings).trusted_origins == [*written.values()]


@pytest.mark.parametrize("in_the_project", [False, True])
@pytest.mark.parametrize("in_the_working_folder", [False, True])
def test_a_relative_path_starts_in_the_project_and_a_warning_names_what_lies_elsewhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    in_the_project: bool,
    in_the_working_folder: bool,
) -> None:
    theirs, here = tmp_path / "project", tmp_path / "here"
    for folder, has_it in ((theirs, in_the_project), (here, in_the_working_folder)):
        folder.mkdir()
        if has_it:
            (folder / ".env").write_text(f"GREETING={folder.name}")
    monkeypatch.setattr(project, "FOLDER", theirs)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    monkeypatch.chdir(here)
    greeting = load(Settings).greeting
    if in_the_working_folder and in_the_project:
        assert (greeting, caplog.messages) == (
            "project", [f"{theirs}/.env is used; {here}/.env in the working folder is not."]
        )  # fmt: skip
    elif in_the_working_folder:
        assert greeting == "here"
        [warning] = caplog.messages
        assert warning.startswith(f"{here}/.env is used: move it to {theirs}/.env, ")
    else:
        assert (greeting, caplog.messages) == ("project" if in_the_project else "Hello", [])


def test_from_the_projects_folder_and_with_a_full_path_there_is_nothing_to_warn_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".env").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(project, "FOLDER", tmp_path)
    assert project.find(Path(".env")) == tmp_path / ".env"
    monkeypatch.setattr(project, "FOLDER", tmp_path / "elsewhere")
    assert project.find(tmp_path / ".env") == tmp_path / ".env"
    monkeypatch.setattr(project, "FOLDER", None)  # as in a wheel
    assert project.find(Path(".env")) == Path(".env")
    assert caplog.messages == []


def test_several_files_of_settings_are_read_and_checked_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "FOLDER", tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", (".env", ".env.local"))
    (tmp_path / ".env").write_text("GREETING=Hi\nMAX_BODY_SIZE=5")
    (tmp_path / ".env.local").write_text("GREETING=Servus")
    assert (load(Settings).greeting, load(Settings).max_body_size) == ("Servus", 5)
    (tmp_path / ".env.local").write_text("A=1\nGREETINGS=Servus")
    with pytest.raises(SystemExit, match="^Settings: .env.local, at line 2: no setting is called"):
        load(Settings)
