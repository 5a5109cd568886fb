"""What the settings of sessions accept, and that no password of a store is shown."""

import builtins
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from app.kit import load
from app.kit.sessions.engines import open_store
from app.kit.sessions.settings import Rate, read_rate
from tests.kit.sessions.example import HASH, Settings

SECRET = "s3cret"  # noqa: S105


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///sessions.db",
        "sqlite:////var/lib/app/sessions.db",
        "redis://localhost",
        f"rediss://user:{SECRET}%2F%40%25@host:6379/0?socket_timeout=1",
        f"redis://:{SECRET}@[::1]:6379",
        f"redis+sentinel://user:{SECRET}@a:26379,[::1]:26379/main/0",
        "redis+cluster://host:6379",
        f"redis://a,b:{SECRET},@host:65535/0?client_name=a,b",
        "redis://host:00080",
        "redis+sentinel://a:1,b:59999/main",
        "postgresql://a:60000,b:65535,c:65499/name",
        "postgresql://",
        f"postgresql://user:{SECRET}@a:5432,b/name?target_session_attrs=read-write",
        f"postgres://user:{SECRET}$&'()*+,;=!~@host/name",
    ],
)
def test_a_url_names_a_store(url: str) -> None:
    assert Settings(session_store=url).session_store == url
    assert SECRET not in repr(Settings(session_store=url))


@pytest.mark.parametrize(
    "url",
    [
        "bogus",
        "redis",
        "sqlite",
        f"mysql://u:{SECRET}@host/name",
        "sqlite://sessions.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///sessions.db?mode=ro",
        "redis+sentinel://h/main",
        "redis://h/main",  # which redis-py takes for the database 0
        f"redis+sentinel://:{SECRET}@h:26379",
        f"redis://:{SECRET}@host:port",
        f"redis://:{SECRET}@a,b/0",  # of which redis-py takes one
        f"redis+cluster://:{SECRET}@a:6379,b:6379",
        *(
            f"{scheme}://:{SECRET}@{host}:{port}/{name}"
            for scheme, name in (("redis", 0), ("redis+sentinel", "main"), ("postgresql", "name"))
            for host in ("host", "[::1]", "a:1,b")
            for port in (65536, 99999, 100000, "")
            if "," not in host or scheme != "redis"
        ),
        *(
            f"{scheme}://user:{SECRET}{special}x@host:6379/0"
            for special in " ?#/@%[\t"
            for scheme in ("redis", "redis+sentinel", "postgresql")
        ),
        f"postgresql://host/name?password={SECRET}#x",
    ],
)
def test_a_url_that_names_none_is_a_sentence_without_the_password(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SESSION_STORE", url)
    with pytest.raises(SystemExit) as stop:
        load(Settings)
    assert str(stop.value.code).startswith("Settings: SESSION_STORE: ")
    assert str(stop.value.code).count("\n") == 0
    shown = f"{stop.value.code} {stop.value.__context__!r} {caplog.text}"
    assert SECRET not in shown
    with pytest.raises(ValueError) as error:
        Settings(session_store=url)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("url", "extra", "driver"),
    [("redis://host", "redis", "redis"), ("postgresql://host/name", "postgresql", "psycopg")],
)
def test_a_driver_that_is_missing_is_a_sentence(
    url: str, extra: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == driver:
            raise ModuleNotFoundError(name=name)
        return original(name, *rest)

    monkeypatch.delitem(sys.modules, f"app.kit.sessions.{extra}", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        SystemExit, match=f"{driver} is not installed; run `uv sync --extra {extra}`"
    ):
        open_store(url)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_that_docker_leaves_come_off(quote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGN_IN_LIMIT_PER_USER", f"{quote}20 per 10 minutes{quote}")
    monkeypatch.setenv("SESSION_STORE", f"{quote}sqlite:///x.db{quote}")
    settings = load(Settings)
    assert settings.sign_in_limit_per_user == "20 per 10 minutes"
    assert settings.session_store == "sqlite:///x.db"


@pytest.mark.parametrize("name", ["SIGN_IN_LIMIT_PER_USER", "SIGN_IN_LIMIT_PER_ADDRESS"])
def test_a_second_rate_is_refused_rather_than_dropped(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "10 per minute; 100 per day")
    with pytest.raises(SystemExit, match=f"Settings: {name}: write one rate"):
        load(Settings)


def test_a_hash_is_told_from_a_password() -> None:
    from pydantic import TypeAdapter

    from app.kit.sessions import PasswordHash

    adapter: TypeAdapter[str] = TypeAdapter(PasswordHash)
    assert adapter.validate_python(HASH) == HASH
    with pytest.raises(ValueError, match="not an argon2 hash"):
        adapter.validate_python("correct horse")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGN_IN_LIMIT_PER_USER", f"10 per {'9' * 20} days"),
        ("SIGN_IN_LIMIT_PER_ADDRESS", f"{'9' * 20} per day"),
        ("SESSION_IDLE_LIMIT", "9" * 20),
        ("SESSION_ABSOLUTE_LIMIT", "9" * 20),
    ],
)
def test_a_limit_that_no_store_could_keep_is_a_sentence(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=f"Settings: {name}: "):
        load(Settings)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10 per 10 minutes", Rate(10, 600)),
        ("3 per day", Rate(3, 86400)),
        ("1 per 2 seconds", Rate(1, 2)),
    ],
)
def test_a_rate_reads_as_people_say_it(text: str, rate: Rate) -> None:
    assert read_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "10", "0 per day", "1 per 0 days", "1/day; 9/hour", "1 per year"]
)
def test_what_is_no_single_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write one rate"):
        read_rate(text)


@pytest.mark.parametrize(
    ("scheme", "option"),
    [("redis", name) for name in ("retry", "bogus", "credential_provider", "max_connections")]
    + [("redis+cluster", "bogus")],
)
def test_a_url_that_a_driver_cannot_use_is_a_sentence(scheme: str, option: str) -> None:
    pytest.importorskip("redis")
    with pytest.raises(SystemExit, match="the driver for redis cannot read it") as stop:
        open_store(f"{scheme}://:{SECRET}@h?{option}=x")
    assert SECRET not in f"{stop.value.code} {stop.value.__context__!r}"


def test_a_file_in_a_folder_that_is_not_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kit.project.FOLDER", tmp_path)
    for url in (f"sqlite:///{tmp_path}/data/x.db", "sqlite:///data/x.db"):
        with pytest.raises(SystemExit) as stop:
            open_store(url)
        told = f"there is no folder {tmp_path}/data; make the folder first."
        assert stop.value.code == f"Settings: SESSION_STORE: {told}"
    (tmp_path / "data").mkdir()
    for url in (f"sqlite:///{tmp_path}/data/x.db", "sqlite:///data/x.db", "sqlite:///x.db"):
        open_store(url)
