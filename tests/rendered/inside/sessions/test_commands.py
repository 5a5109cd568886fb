"""What an operator does about users and sessions."""

import getpass

import pytest
from fastapi import FastAPI

from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, HASH, PASSWORD, Clock, People
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
        ("ada", ["x" * 7], "A password has 8 to 1024 characters."),
        ("ada", ["x" * 1025], "A password has 8 to 1024 characters."),
        ("", [], "A user's name has 1 to 150 characters."),
        ("a" * 151, [], "A user's name has 1 to 150 characters."),
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


class File(People):
    """Users that can be added at once."""

    def add(self, name: str, password: str) -> str:
        return f"added {name}: {len(password)} characters"


@pytest.mark.parametrize("users", [Directory, File])
@pytest.mark.parametrize(("name", "length"), [("zoé", 8), ("a" * 150, 1024), ("a", 9)])
@pytest.mark.usefixtures("opened")
def test_users_that_can_be_added_are(
    app: FastAPI,
    typed: list[str],
    capsys: pytest.CaptureFixture[str],
    users: type[People],
    name: str,
    length: int,
) -> None:
    app.state.sessions.users = users()
    typed += ["x" * length] * 2
    main("users", "add", name)
    assert capsys.readouterr().out == f"added {name}: {length} characters\n"


class Table(People):
    """Users in a database, whose rows show all columns."""

    def add(self, name: str, password: str) -> dict[str, str]:
        return {"name": name, "hashed": HASH}


class LaterTable(People):
    """Such users, added asynchronously."""

    async def add(self, name: str, password: str) -> dict[str, str]:
        return {"name": name, "hashed": HASH}


@pytest.mark.parametrize("users", [Table, LaterTable])
@pytest.mark.usefixtures("opened")
def test_a_row_that_adding_returns_is_not_printed(
    app: FastAPI, typed: list[str], capsys: pytest.CaptureFixture[str], users: type[People]
) -> None:
    app.state.sessions.users = users()
    typed += [PASSWORD] * 2
    main("users", "add", "zoé")
    assert capsys.readouterr().out == "Added zoé.\n"


@pytest.mark.parametrize(
    "line",
    ["", "users", "users add", "sessions", "sessions list", "sessions end", "sessions end 1 --all"],
)
@pytest.mark.usefixtures("opened")
def test_what_is_not_said_in_full_does_nothing(
    signed_in: Browser, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(*line.split())
    assert stop.value.code == 2
    assert "usage: python -m app" in capsys.readouterr().err
    assert signed_in.get("/session").status_code == 200


@pytest.mark.usefixtures("opened")
def test_the_store_is_closed_whatever_happens(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, typed: list[str]
) -> None:
    closed: list[bool] = []

    async def close() -> None:
        closed.append(True)

    monkeypatch.setattr(app.state.sessions.store, "close", close)
    app.state.sessions.users = File()
    main("sessions", "list", "1")
    typed += [PASSWORD] * 2
    main("users", "add", "zoé")
    assert closed == [True] * 2


@pytest.mark.usefixtures("opened")
def test_users_that_cannot_be_added_are_not_asked_for_a_password() -> None:
    with pytest.raises(SystemExit, match="have no method `add`"):
        main("users", "add", "zoé")


@pytest.mark.usefixtures("opened")
def test_an_operator_lists_the_sessions_of_a_user(
    signed_in: Browser, capsys: pytest.CaptureFixture[str], clock: Clock
) -> None:
    signed_in.post("/session", json=CREDENTIALS, headers={"User-Agent": "A\x07B|C"})
    clock.time = 1_800_000_000
    signed_in.post("/session", json=CREDENTIALS, headers={"User-Agent": "A\x07B|C"})
    clock.time += 60
    signed_in.get("/session")
    [listed] = signed_in.get("/sessions").json()
    main("sessions", "list", "1")
    header, _, row = capsys.readouterr().out.splitlines()
    assert header == "| Id | Created | Last seen | Browser |"
    # What a browser sends reaches no terminal as a control character.
    times = "2027-01-15 08:00:00+00:00 | 2027-01-15 08:01:00+00:00"
    assert row == f"| {listed['id']} | {times} | A B\\|C |"


@pytest.mark.usefixtures("opened")
def test_without_a_store_the_command_line_says_so(app: FastAPI) -> None:
    app.state.sessions.store._path /= "no/such/folder"
    with pytest.raises(SystemExit) as stop:
        main("sessions", "list", "1")
    assert str(stop.value.code).startswith("The session store does not answer.")


@pytest.mark.usefixtures("opened")
def test_an_empty_user_is_nobody_rather_than_everybody(signed_in: Browser) -> None:
    for arguments in (("",), ("", "--id", "x")):  # "$USER_ID" of a shell that knows none
        with pytest.raises(SystemExit, match="The user's id is empty"):
            main("sessions", "end", *arguments)
    assert signed_in.get("/session").status_code == 200


class Away(People):
    """Users in a database that does not answer."""

    def __init__(self, is_checked: bool) -> None:
        super().__init__()
        self.is_closed = False
        self.is_checked = is_checked

    async def find(self, user_id: str) -> None:
        raise LookupError("find")

    async def check(self) -> None:
        if self.is_checked:
            raise ConnectionError("nobody listens")

    async def close(self) -> None:
        self.is_closed = True


@pytest.mark.usefixtures("opened")
def test_without_the_users_database_the_command_line_says_so_and_closes(app: FastAPI) -> None:
    away = app.state.sessions.users = Away(is_checked=True)
    with pytest.raises(SystemExit) as stop:
        main("sessions", "list", "1")
    assert str(stop.value.code).startswith("The users' database does not answer.")
    assert away.is_closed


@pytest.mark.usefixtures("opened")
def test_a_fault_of_the_users_is_shown_while_their_database_answers(app: FastAPI) -> None:
    away = app.state.sessions.users = Away(is_checked=False)
    with pytest.raises(LookupError, match="find"):
        main("sessions", "list", "1")
    assert away.is_closed
