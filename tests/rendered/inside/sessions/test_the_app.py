"""What the app as it is rendered does with sessions and users. An owner's may do otherwise."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from app.kit import Cookie, protect
from app.kit.sessions import SessionDependencies, Sessions, open_store
from app.main import create_app
from app.settings import Settings
from app.sign_in import SESSION, CurrentSession
from app.users import Users
from tests.kit.browser import Browser
from tests.kit.sessions.example import HASH, PASSWORD

CREDENTIALS = {"username": "ada", "password": PASSWORD}


def settings_in(folder: Path) -> Settings:
    return Settings(session_store=f"sqlite:///{folder}/sessions.db", users={"ada": HASH})


def test_while_the_store_is_away_the_app_is_not_healthy(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    app = create_app(settings_in(folder))
    folder.rmdir()
    answer = Browser(app).get("/health")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    folder.mkdir()
    assert Browser(create_app(settings_in(folder))).get("/health").status_code == 200


def test_the_sessions_cookie_ends_with_the_browser(tmp_path: Path) -> None:
    with Browser(create_app(settings_in(tmp_path))) as browser:
        for path in ("/session", "/session/confirm"):
            [cookie] = browser.received(browser.post(path, json=CREDENTIALS))
            assert cookie.name == SESSION.name
            assert not {"max-age", "expires"} & cookie.attributes.keys()


def added(users: Users, name: str) -> dict[str, str]:
    line = users.add(name, PASSWORD).splitlines()[-1]
    hashes: dict[str, str] = json.loads(line.removeprefix("USERS=").strip("'"))
    return hashes


def test_who_is_added_is_added_to_the_others() -> None:
    before = {"ada": HASH, "grace": HASH}
    after = added(Users(before), "zoé")
    assert list(after) == ["ada", "grace", "zoé"]
    assert before == {name: after[name] for name in before}


def test_who_is_added_again_gets_another_password_and_the_others_keep_theirs() -> None:
    after = added(Users({"ada": HASH, "grace": HASH}), "ada")
    assert list(after) == ["ada", "grace"]
    assert (after["grace"] == HASH, after["ada"] == HASH) == (True, False)


def test_what_sessions_need_is_said_with_the_line_to_write(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    app = FastAPI()
    protect(app, settings)

    @app.get("/")
    async def read(session: CurrentSession) -> None: ...

    with pytest.raises(RuntimeError, match="Call add_sessions"):
        Browser(app).get("/")

    class Data(BaseModel):
        basket: list[str]

    store = open_store(settings.session_store)
    with pytest.raises(TypeError, match=r"Data\.basket needs a default"):
        Sessions(store, Users({}), Data, settings)
    read_by_scripts = Cookie("sid", str, purpose="Tested here.", httponly=False)
    with pytest.raises(ValueError, match="'sid' carries the session"):
        SessionDependencies(read_by_scripts)
