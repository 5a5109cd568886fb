"""`python -m app` prints what an operator needs."""

import getpass
import json
import runpy
import sys
from pathlib import Path

import pytest
from argon2 import PasswordHasher

import app.__main__
from app.__main__ import cookie_table, main
from app.declaration import DAY, DECLARED, Cookie
from app.main import create_app
from app.settings import Settings, load_settings
from tests.browser import Browser
from tests.conftest import CREDENTIALS, HASH, PASSWORD


def test_cookies_prints_every_cookie_as_a_markdown_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["cookies"])
    header, rule, *rows = capsys.readouterr().out.splitlines()
    assert header == "| Name | Purpose | Lifetime | Attributes |"
    assert rule == "| --- | --- | --- | --- |"
    assert [row.split("`")[1] for row in rows] == [name for name, _ in DECLARED]
    assert (
        "| `preferences` | Remembers how you want the pages to look. | 365 days "
        "| Max-Age=31536000; Path=/; SameSite=lax; Secure |"
    ) in rows


@pytest.mark.parametrize(
    ("max_age", "lifetime"),
    [
        (None, "until the browser closes"),
        (2 * DAY, "2 days"),
        (90, "90 seconds"),
    ],
)
def test_a_lifetime_reads_as_people_say_it(max_age: int | None, lifetime: str) -> None:
    Cookie("tested", str, purpose="Tested here.", max_age=max_age)
    assert f"| {lifetime} |" in cookie_table().splitlines()[-1]


def test_a_purpose_stays_in_its_cell() -> None:
    Cookie("tested", str, purpose="This | that\nand more.")
    assert "| This \\| that and more. |" in cookie_table()


def test_without_a_command_it_says_how_to_use_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["app"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(app.__main__.__file__, run_name="__main__")
    assert stop.value.code == 2
    assert "usage: python -m app [-h] COMMAND" in capsys.readouterr().err


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody types at the prompts, which show nothing of it."""
    words: list[str] = []
    monkeypatch.setattr(getpass, "getpass", lambda _: words.pop(0))
    monkeypatch.setattr("app.__main__.HASHER", PasswordHasher(1, 8, 1))
    return words


def test_the_line_that_adds_a_user_lets_that_user_sign_in(
    typed: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(Settings.model_config, "env_file", str(tmp_path / ".env"))
    (tmp_path / ".env").write_text(f"SESSION_STORE=sqlite:///{tmp_path}/s.db\n")
    for name in ('O\'Brien "ß" #1', "ada"):
        typed += [PASSWORD, PASSWORD]
        main(["users", "add", name])
        line = capsys.readouterr().out.splitlines()[-1]
        (tmp_path / ".env").write_text(f"SESSION_STORE=sqlite:///{tmp_path}/s.db\n{line}\n")
    settings = load_settings()
    assert list(settings.users) == ['O\'Brien "ß" #1', "ada"]
    with Browser(create_app(settings)) as browser:
        for name in settings.users:
            body = {"username": name, "password": PASSWORD}
            assert browser.post("/session", json=body).status_code == 201
    assert PASSWORD not in line


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("ada", [PASSWORD, "another one"], "The passwords differ. Nothing was changed."),
        ("ada", ["short"], "A password has 8 to 1024 characters."),
        ("", [], "A user's name has 1 to 150 characters."),
    ],
)
def test_a_user_that_could_not_sign_in_is_not_added(
    typed: list[str], name: str, words: list[str], sentence: str
) -> None:
    typed += words
    with pytest.raises(SystemExit) as stop:
        main(["users", "add", name])
    assert stop.value.code == sentence


@pytest.fixture
def operated(monkeypatch: pytest.MonkeyPatch, store_url: str, signed_in: Browser) -> Browser:
    """A browser in which ada has signed in, and a command line at the same store."""
    monkeypatch.setenv("SESSION_STORE", store_url)
    monkeypatch.setenv("USERS", json.dumps({"ada": HASH, "grace": HASH}))
    return signed_in


def test_an_operator_lists_the_sessions_of_a_user(
    operated: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    [listed] = operated.get("/sessions").json()
    main(["sessions", "list", "ada"])
    header, _, row = capsys.readouterr().out.splitlines()
    assert header == "| Id | Created | Last seen | Browser |"
    assert row.startswith(f"| {listed['id']} | {listed['created_at'][:-1]}+00:00 |")


def test_v7_4_5_an_operator_ends_the_sessions_of_a_user(
    operated: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    other, grace = operated.another(), operated.another()
    other.post("/session", json=CREDENTIALS)
    grace.post("/session", json=CREDENTIALS | {"username": "grace"})
    [mine] = [each["id"] for each in other.get("/sessions").json() if each["is_this_one"]]
    main(["sessions", "end", "ada", "--id", mine])
    assert capsys.readouterr().out == "Ended 1 of ada's sessions.\n"
    assert [each.get("/session").status_code for each in (operated, other)] == [200, 401]
    main(["sessions", "end", "ada"])
    assert capsys.readouterr().out == "Ended 1 of ada's sessions.\n"
    assert operated.get("/session").status_code == 401
    main(["sessions", "end", "--all"])
    assert capsys.readouterr().out == "Ended 1 of everybody's sessions.\n"
    assert grace.get("/session").status_code == 401


def test_all_and_one_session_do_not_go_together(operated: Browser) -> None:
    with pytest.raises(SystemExit, match="--id goes with a user"):
        main(["sessions", "end", "--all", "--id", "1"])
    assert operated.get("/session").status_code == 200


def test_a_browser_that_sends_control_characters_does_not_reach_the_terminal(
    operated: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    operated.post("/session", json=CREDENTIALS, headers={b"User-Agent": b"A\x9b2JB"})
    main(["sessions", "list", "ada"])
    listed = capsys.readouterr().out
    assert ("2JB |" in listed, "\x9b" in listed) == (True, False)


def test_looking_without_the_users_ends_nothing(
    operated: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("USERS", "")
    main(["sessions", "list", "ada"])
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert operated.get("/session").status_code == 200


def test_without_a_store_the_command_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SESSION_STORE", f"sqlite:///{tmp_path}/no/such/folder/s.db")
    with pytest.raises(SystemExit) as stop:
        main(["sessions", "list", "ada"])
    assert str(stop.value.code).startswith("The session store does not answer.")
