"""A confirmed session has a new secret; requests that bring the old one end it, too."""

import pytest

from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, SESSION, Clock, sign_in, token_of, with_token


def bringing(browser: Browser, token: str, method: str, path: str, **options: object) -> int:
    """Return how a request is answered that was under way when the token changed."""
    headers = {"Cookie": f"{SESSION.name}={token}"}
    answer = browser.another().request(method, path, headers=headers, **options)  # type: ignore[arg-type]
    return int(answer.status_code)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_signing_in_or_out_beside_a_confirmation_leaves_no_session(
    signed_in: Browser, method: str
) -> None:
    other = sign_in(signed_in)
    old = token_of(signed_in)
    assert signed_in.post("/confirm", json=CREDENTIALS).status_code == 200
    assert bringing(signed_in, old, method, "/session", json=CREDENTIALS) in {201, 204}
    for token in (old, token_of(signed_in)):
        assert with_token(signed_in, token) == 401
    assert other.get("/session").status_code == 200


def test_after_a_minute_the_old_token_ends_nothing(signed_in: Browser, clock: Clock) -> None:
    old = token_of(signed_in)
    assert signed_in.post("/confirm", json=CREDENTIALS).status_code == 200
    clock.time += 60
    assert bringing(signed_in, old, "DELETE", "/session") == 204
    assert signed_in.get("/session").status_code == 200


def test_a_session_that_another_browser_confirms_meanwhile_ends_for_good(
    signed_in: Browser,
) -> None:
    """The list names it, the other browser confirms it, and only then its end is asked for."""
    other = sign_in(signed_in)
    listed = {each["id"] for each in signed_in.get("/sessions").json()}
    before = token_of(other)
    assert other.post("/confirm", json=CREDENTIALS).status_code == 200
    assert {each["id"] for each in signed_in.get("/sessions").json()} == listed
    [its_id] = [each for each in listed if token_of(other).startswith(each)]
    assert signed_in.delete(f"/sessions/{its_id}").status_code == 200
    assert [with_token(other, token) for token in (before, token_of(other))] == [401] * 2
    # Now a 404 means that it has ended.
    assert signed_in.delete(f"/sessions/{its_id}").status_code == 404


def test_the_old_token_does_nothing_else(signed_in: Browser) -> None:
    other, old = sign_in(signed_in), token_of(signed_in)
    assert signed_in.post("/confirm", json=CREDENTIALS).status_code == 200
    assert bringing(signed_in, old, "POST", "/basket") == 401
    assert bringing(signed_in, old, "DELETE", "/sessions") == 401
    assert bringing(signed_in, old, "POST", "/confirm", json=CREDENTIALS) == 401
    assert [each.get("/session").status_code for each in (signed_in, other)] == [200, 200]


def test_only_the_last_token_before_still_ends_the_session(signed_in: Browser) -> None:
    first = token_of(signed_in)
    for _ in range(2):
        assert signed_in.post("/confirm", json=CREDENTIALS).status_code == 200
    assert bringing(signed_in, first, "DELETE", "/session") == 204
    assert signed_in.get("/session").status_code == 200


@pytest.mark.parametrize("seconds", [-60, 60, 10**6])
def test_with_another_clock_the_old_token_ends_the_session_for_no_longer(
    signed_in: Browser, clock: Clock, seconds: int
) -> None:
    """An instance may renew a session whose clock is ahead, or behind."""
    old = token_of(signed_in)
    clock.time += 60
    assert signed_in.post("/confirm", json=CREDENTIALS).status_code == 200
    renewed = clock.time
    clock.time += seconds
    assert bringing(signed_in, old, "DELETE", "/session") == 204
    clock.time = renewed
    assert signed_in.get("/session").status_code == 200
