"""What an operator does about users and sessions."""

import getpass

import pytest
from fastapi import FastAPI

from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, PASSWORD, People
from tests.kit.sessions.test_users import main, opened  # noqa: F401


class Directory(People):
    """Users that can be added."""

    async def add(self, name: str, password: str) -> str:
        return f"added {name}: {len(password)} characters"


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
def test_without_a_store_the_command_line_says_so(app: FastAPI) -> None:
    app.state.sessions.store._path /= "no/such/folder"
    with pytest.raises(SystemExit) as stop:
        main("sessions", "list", "1")
    assert str(stop.value.code).startswith("The session store does not answer.")
