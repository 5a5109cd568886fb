"""Whatever an operator writes, the app starts, or says in sentences what is wrong: no secret."""

import contextlib
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.kit.sessions import open_store
from app.kit.settings import load, normalized_origin
from app.settings import Settings

SECRET = "hunter2secret"  # noqa: S105
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)

# --- SESSION_STORE --------------------------------------------------------------------------------

SCHEMES = ["sqlite", "redis", "rediss", "redis+sentinel", "rediss+cluster", "redis+cluster"]
SCHEMES += ["postgresql", "postgres", "SQLITE", "mysql", "http", "", "redis+", "postgresql+psycopg"]
ODD = st.sampled_from(
    [*" ?#@/:%&=,;[]()\\\"'{}$!\t\n\r\x0b\x7f\xa0\u2028é", "%2", "%zz", "%20", "%00"]
)
PIECE = st.lists(ODD | st.sampled_from(["a", "1", "ab"]), max_size=4).map("".join)
HOST = st.sampled_from(["localhost", "h1,h2", "h:6379", "h:26379", "h:", "[::1]", "[::1]:6379", "[",
                        "h:99999999", "h:-1", "", "h:port", "a.b:1,c.d:2"]) | PIECE  # fmt: skip
QUERY = st.sampled_from(["", "?", "?a=b", "?db=x", "?db=1", "?ssl_cert_reqs=none", "?protocol=9",
                         "?sslmode=nonsense", "?connect_timeout=x", "?host=/tmp", "#f", "?socket_timeout=x",
                         "?health_check_interval=a", "?decode_responses=1", "?x=%zz"])  # fmt: skip
URL = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(SCHEMES),
    st.sampled_from(["://", ":/", ":///", ":", "://://", "://user@"]),
    st.builds("{}:{}{}{}@".format, PIECE, PIECE, st.just(SECRET), PIECE) | st.just(""),
    HOST,
    st.sampled_from(["", "/", "/0", "/x", "/main/0", "/main/x", "//", "/:memory:", "/a/b", "/a?b"]),
    QUERY,
)


def sentences(work: Any) -> list[str]:
    """Return the sentences with which `work` exits; none where it does not."""
    try:
        work()
    except SystemExit as error:
        assert error.__context__ is None, "a library's traceback stands with it"
        return str(error.code).splitlines()
    return []


@given(URL | TEXT)
def test_any_text_is_a_store_or_refused_in_a_sentence_without_the_password(url: str) -> None:
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        Settings.model_config["env_file"] = None
        with patch.dict(os.environ, {"SESSION_STORE": url}):
            found: list[Settings] = []
            said = sentences(lambda: found.append(load(Settings)))
        if found:
            assert SECRET not in repr(found[0])
            said = sentences(lambda: open_store(found[0].session_store))
        assert len(said) <= 1, said
        for sentence in said:
            assert re.fullmatch(r"Settings: SESSION_STORE: .+\.", sentence), sentence
            assert SECRET not in sentence
        assert not os.listdir(folder)


@given(URL)
def test_a_program_that_catches_the_error_sees_no_password_either(url: str) -> None:
    try:
        Settings(session_store=url)
    except ValidationError as error:
        assert SECRET not in str(error)


# --- TRUSTED_ORIGINS ------------------------------------------------------------------------------

ORIGIN = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(
        ["http", "HTTPS", "https", "capacitor", "tauri", "chrome-extension", "a+b", ""]
    ),
    st.sampled_from(["://", ":", "//", ":///"]),
    st.sampled_from(
        ["Spa.Example", "localhost", "[::1]", "münchen.example", "a b", "*", "*.a", "x@y"]
    ),
    st.sampled_from(["", ":443", ":80", ":8080", ":", ":x", ":0443", ":99999", ":٣"]),
    st.sampled_from(["", "/", "/a", "?a", "#a", " "]),
)


@given(ORIGIN | TEXT)
def test_any_text_is_an_origin_as_browsers_send_it_or_refused(text: str) -> None:
    try:
        origin = normalized_origin(text)
    except ValueError as error:
        assert str(error).startswith("write ")
        return
    assert normalized_origin(origin) == origin
    assert origin.isascii() and origin == origin.lower()
    assert "*" not in origin
    scheme, _, rest = origin.partition("://")
    assert not re.search(r"[/?#@\s]", rest)
    assert (scheme, rest.rpartition(":")[2]) not in {("http", "80"), ("https", "443")}


# --- .env -----------------------------------------------------------------------------------------

NAMES = [name.upper() for name in Settings.model_fields]
LINE = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "export ", " ", "#", "\ufeff"]),
    st.sampled_from(
        [*NAMES, *map(str.lower, NAMES), "DATABASE_URL", "PORT", "SESSION_STOR", "USER", ""]
    )
    | TEXT,
    st.sampled_from(["=", " = ", "", ":", "=="]),
    st.sampled_from(
        ["", '"', "'", "true", "1", '["https://a.example"]', "'{}'", "${HOME}", "$(x)", SECRET]
    )
    | TEXT,
    st.sampled_from(["", '"', "'", " # c", "\\"]),
)


@given(st.lists(LINE, max_size=6).map("\n".join) | st.binary(max_size=60))
def test_any_env_file_starts_the_app_or_is_refused_in_sentences(content: str | bytes) -> None:
    with TemporaryDirectory() as folder:
        dotenv = Path(folder) / ".env"
        raw = content if isinstance(content, bytes) else content.encode()
        dotenv.write_bytes(raw)
        Settings.model_config["env_file"] = str(dotenv)
        for sentence in sentences(lambda: load(Settings)):
            assert sentence.startswith("Settings: "), sentence
            assert SECRET not in sentence or SECRET in str(raw).split("=")[0]


@given(st.sampled_from(NAMES), TEXT, st.sampled_from(["'", '"']))
def test_quotes_that_docker_leaves_change_nothing(name: str, value: str, quote: str) -> None:
    assume(not re.search(r"""^["']|["']$""", value) and value)
    Settings.model_config["env_file"] = None
    outcomes = []
    for written in (value, f"{quote}{value}{quote}"):
        with patch.dict(os.environ, {name: written}):
            found: list[Any] = []
            outcomes.append((sentences(lambda: found.append(load(Settings))), found))  # noqa: B023
    assert outcomes[0] == outcomes[1]


@pytest.fixture(autouse=True)
def no_environment() -> Any:
    with patch.dict(os.environ):
        for name in NAMES:
            os.environ.pop(name, None)
        yield
