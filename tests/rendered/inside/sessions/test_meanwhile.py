"""What happens to a session while another request is at it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.kit.sessions import SessionChangedError, SessionEndedError, Sessions, Users
from tests.kit.browser import Browser
from tests.kit.sessions.example import PASSWORD, Basket, People, Settings
from tests.kit.sessions.test_session import AnySessions


@pytest.mark.anyio
@pytest.mark.parametrize("late", ["start", "stop"])
async def test_v7_2_4_a_session_that_is_confirmed_meanwhile_ends_all_the_same(
    everybody: AnySessions, people: People, late: str
) -> None:
    ada, grace = people.rows
    _, phone = await everybody.start(ada, "", None)
    _, old = await everybody.start(ada, "", None)
    for _ in range(2):
        _, confirmed = await everybody.renew(old)
        assert confirmed.id == old.id
        if late == "start":
            token, _ = await everybody.start(grace, "", replaces=old.record)
            assert await everybody.find(token)
        else:
            await everybody.stop(old.record)
        with pytest.raises(SessionEndedError):
            await everybody.reread(confirmed)
        _, old = await everybody.start(ada, "", None)
    assert await everybody.reread(phone)
    await everybody.store.close()


def test_concurrent_requests_never_overwrite_each_other_silently(signed_in: Browser) -> None:
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: signed_in.post("/basket"), range(30)))
    stored = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert sorted(stored) == list(range(1, len(stored) + 1))
    assert signed_in.get("/basket").json() == len(stored)


@pytest.mark.parametrize(("method", "path"), [("change", "/basket"), ("renew", "/confirm")])
def test_whoever_is_always_too_late_gets_a_409(
    signed_in: Browser,
    everybody: AnySessions,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
) -> None:
    tries: list[object] = []

    async def refuse(*values: object) -> bool:
        tries.append(values)
        return False

    monkeypatch.setattr(everybody.store, method, refuse)
    assert signed_in.post(path, json={"password": PASSWORD}).status_code == 409
    assert len(tries) == (5 if method == "change" else 1)
    assert signed_in.get("/session").status_code == 200


@pytest.mark.anyio
async def test_what_an_update_returns_can_be_updated_at_once(
    everybody: AnySessions, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    change = everybody.store.change

    async def noting(key: str, version: int, data: str) -> bool:
        tries.append(version)
        return await change(key, version, data)

    monkeypatch.setattr(everybody.store, "change", noting)
    _, session = await everybody.start(people.rows[0], "", None)
    for items in (1, 2, 3):
        session = await session.update(lambda data: Basket(items=data.items + 1))
        assert session.data.items == items
        assert session.record.data == '{"items": %d}' % items
    assert len(tries) == 3
    await everybody.store.close()


@pytest.mark.anyio
async def test_of_two_confirmations_at_once_one_is_told_to_try_again(
    everybody: AnySessions, people: People
) -> None:
    _, session = await everybody.start(people.rows[0], "", None)
    outcomes = await asyncio.gather(
        *(everybody.renew(session) for _ in range(2)), return_exceptions=True
    )
    [(token, _)] = [each for each in outcomes if isinstance(each, tuple)]
    [refused] = [each for each in outcomes if isinstance(each, Exception)]
    assert isinstance(refused, SessionChangedError)
    renewed = await everybody.find(token)
    assert renewed
    assert await everybody.end_all(1) == 1
    with pytest.raises(SessionEndedError):
        await everybody.renew(renewed)
    await everybody.store.close()


@pytest.mark.anyio
async def test_a_user_without_a_text_to_compare_is_told_so(everybody: AnySessions) -> None:
    user: Any = SimpleNamespace(id=3, auth_hash=None)
    with pytest.raises(TypeError, match="auth_hash has to be a str"):
        await everybody.start(user, "", None)


@dataclass(frozen=True)
class Member:
    id: UUID
    auth_hash: str = "hash"


class Members(Users[Member]):
    async def find(self, user_id: str) -> Member | None:
        return Member(UUID(user_id))

    async def authenticate(self, name: str, password: str) -> Member | None:
        return None


@pytest.mark.anyio
async def test_ids_can_be_uuids(everybody: AnySessions) -> None:
    member, store = Member(uuid4()), everybody.store
    members = Sessions(store, Members(), Basket, Settings(session_store="sqlite:///x"))
    for _ in range(3):
        _, session = await members.start(member, "", None)
    assert [each.user for each in await members.of_user(member.id)] == [member] * 3
    assert await members.end(session.id, member.id)
    assert await members.end_all(member.id) == 2
    await store.close()
