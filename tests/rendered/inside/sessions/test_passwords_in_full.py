"""Hashing takes a core and 19 MiB, so it has threads of its own, and not too many."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from app.kit.sessions import verify
from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, HASH, PASSWORD, People, Person


@pytest.mark.anyio
async def test_four_passwords_at_once_are_hashed_and_the_event_loop_is_free_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go, four, threads = threading.Event(), threading.Semaphore(0), set[str]()

    def hold(*_: object) -> bool:
        threads.add(threading.current_thread().name)
        four.release()
        return threading.current_thread() is threading.main_thread() or go.wait()

    monkeypatch.setattr(PasswordHasher, "verify", hold)
    under_way = [asyncio.create_task(verify(HASH, PASSWORD)) for _ in range(12)]
    for _ in range(4):
        while not four.acquire(blocking=False):
            await asyncio.sleep(0.001)  # The loop goes on, though nothing is hashed yet.
    assert not any(each.done() for each in under_way)
    go.set()
    assert await asyncio.gather(*under_way) == [True] * 12
    assert len(threads) == 4


@pytest.mark.anyio
@pytest.mark.parametrize("stored", ["no hash", "$2b$12$" + "a" * 53, HASH[:30], f"x{HASH}"])
async def test_what_argon2_cannot_read_is_nobodys_password(stored: str) -> None:
    assert not await verify(stored, PASSWORD)


def test_a_user_whose_stored_hash_cannot_be_read_is_answered_401(
    app: FastAPI, browser: Browser, people: People
) -> None:
    people.rows[0] = Person(1, "ada", "$2b$12$of another library")
    assert browser.post("/session", json=CREDENTIALS).status_code == 401
    assert browser.post("/session", json=CREDENTIALS | {"name": "grace"}).status_code == 201
