"""Passwords, and an operator who ends sessions."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from fastapi import FastAPI

from app.kit.commands import run
from app.kit.sessions import hash_password, verify
from app.kit.sessions.commands import session_commands
from tests.kit.browser import Browser
from tests.kit.sessions import example
from tests.kit.sessions.example import HASH, PASSWORD, sign_in


def test_hashes_are_argon2id_with_owasps_parameters() -> None:
    """OWASP's Password Storage Cheat Sheet: 19 MiB, two iterations, one lane."""
    parameters = extract_parameters(hash_password(PASSWORD))
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost) == (19456, 2)
    assert parameters.parallelism == 1


@pytest.mark.anyio
async def test_an_unknown_user_and_a_wrong_password_take_the_same_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()

    used: list[str] = []
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda _, hashed, password: used.append(hashed)
    )
    for hashed in (None, hash_password(PASSWORD)):
        assert not await verify(hashed, "wrong")
    # Whose hash it is makes no difference to what it costs.
    nobodys, somebodys = map(extract_parameters, used)
    assert nobodys == somebodys


@pytest.mark.anyio
async def test_only_the_password_of_a_hash_is_right() -> None:
    words = (PASSWORD, "wrong", "", "\ud800")
    assert [await verify(HASH, word) for word in words] == [True, False, False, False]
    assert not await verify(HASH[:-4], PASSWORD)
    assert not await verify(None, PASSWORD), "whose hash stands in for nobody's"


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
    assert [each.get("/session").status_code for each in (signed_in, other)] == [
        401
    ] * 2
