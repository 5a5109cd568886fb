"""Passwords, and what an operator does about users and sessions."""

import getpass
import time

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from fastapi import FastAPI

from app.kit.commands import run
from app.kit.sessions import hash_password, verify
from app.kit.sessions.commands import session_commands
from tests.kit.browser import Browser
from tests.kit.sessions import example
from tests.kit.sessions.example import CREDENTIALS, HASH, PASSWORD, People, sign_in


def test_hashes_are_argon2id_with_owasps_parameters() -> None:
    """OWASP's Password Storage Cheat Sheet: 19 MiB, two iterations, one degree of parallelism."""
    parameters = extract_parameters(hash_password(PASSWORD))
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost) == (19456, 2)
    assert parameters.parallelism == 1


@pytest.mark.anyio
async def test_an_unknown_user_and_a_wrong_password_take_the_same_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()

    async def seconds(hashed: str | None) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            assert not await verify(hashed, "wrong")
            times.append(time.perf_counter() - start)
        return min(times)

    # Without the hash that stands in, it is some hundred times as quick.
    assert await seconds(None) > await seconds(hash_password(PASSWORD)) / 3


@pytest.mark.anyio
async def test_only_the_password_of_a_hash_is_right() -> None:
    words = (PASSWORD, "wrong", "", "\ud800")
    assert [await verify(HASH, word) for word in words] == [True, False, False, False]
    assert not await verify(HASH[:-4], PASSWORD)


# The command line


class Directory(People):
    """Users that can be added."""

    async def add(self, name: str, password: str) -> str:
        return f"added {name}: {len(password)} characters"


@pytest.fixture
def opened(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line at the store of the app that the browser talks to."""
    everybody = app.state.sessions
    monkeypatch.setattr(example, "load_settings", lambda: None, raising=False)
    monkeypatch.setattr(example, "open_sessions", lambda _: everybody, raising=False)


def main(*arguments: str) -> None:
    name = example.__name__
    run(
        session_commands(f"{name}:open_sessions", f"{name}:load_settings"),
        arguments=list(arguments),
    )


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody types at the prompts, which show nothing of it."""
    words: list[str] = []
    monkeypatch.setattr(getpass, "getpass", lambda _: words.pop(0))
    return words


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("ada", [PASSWORD, "another one"], "The passwords differ. Nothing was changed."),
        ("ada", ["short"], "A password has 8 to 1024 characters."),
        ("", [], "A user's name has 1 to 150 characters."),
    ],
)
@pytest.mark.usefixtures("opened")
def test_a_user_that_could_not_sign_in_is_not_added(
    app: FastAPI, typed: list[str], name: str, words: list[str], sentence: str
) -> None:
    app.state.sessions.users = Directory()
    typed += words
    with pytest.raises(SystemExit) as stop:
        main("users", "add", name)
    assert stop.value.code == sentence


@pytest.mark.usefixtures("opened")
def test_users_that_can_be_added_are(
    app: FastAPI, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    app.state.sessions.users = Directory()
    typed += [PASSWORD] * 2
    main("users", "add", "zoé")
    assert capsys.readouterr().out == f"added zoé: {len(PASSWORD)} characters\n"


@pytest.mark.usefixtures("opened")
def test_users_that_cannot_be_added_are_not_asked_for_a_password() -> None:
    with pytest.raises(SystemExit, match="have no method `add`"):
        main("users", "add", "zoé")


@pytest.mark.usefixtures("opened")
def test_an_operator_lists_the_sessions_of_a_user(
    signed_in: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    signed_in.post("/session", json=CREDENTIALS, headers={"User-Agent": "A\x07B|C"})
    [listed] = signed_in.get("/sessions").json()
    main("sessions", "list", "1")
    header, _, row = capsys.readouterr().out.splitlines()
    assert header == "| Id | Created | Last seen | Browser |"
    assert row.startswith(f"| {listed['id']} | 20")
    # What a browser sends reaches no terminal as a control character.
    assert row.endswith("| A B\\|C |")


@pytest.mark.usefixtures("opened")
def test_v7_4_5_an_operator_ends_the_sessions_of_a_user(
    signed_in: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    other, grace = sign_in(signed_in), sign_in(signed_in, "grace")
    first = signed_in.get("/sessions").json()[0]["id"]
    with pytest.raises(SystemExit, match="--id goes with a user"):
        main("sessions", "end", "--all", "--id", first)
    for arguments, told in (
        (("1", "--id", first), "Ended 1 of 1's sessions.\n"),
        (("1",), "Ended 1 of 1's sessions.\n"),
        (("--all",), "Ended 1 of everybody's sessions.\n"),
    ):
        main("sessions", "end", *arguments)
        assert capsys.readouterr().out == told
        assert (grace.get("/session").status_code == 200) == (
            told != "Ended 1 of everybody's sessions.\n"
        )
    assert [each.get("/session").status_code for each in (signed_in, other)] == [401] * 2


@pytest.mark.usefixtures("opened")
def test_without_a_store_the_command_line_says_so(app: FastAPI) -> None:
    app.state.sessions.store._path /= "no/such/folder"
    with pytest.raises(SystemExit) as stop:
        main("sessions", "list", "1")
    assert str(stop.value.code).startswith("The session store does not answer.")
