"""A confirmed session has a new token; requests that bring the old one end it all the same."""

import pytest

from tests.kit.browser import Browser
from tests.kit.sessions.example import CREDENTIALS, SESSION, sign_in, token_of, with_token


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_signing_in_or_out_beside_a_confirmation_leaves_no_session(
    signed_in: Browser, method: str
) -> None:
    other = sign_in(signed_in)
    old = token_of(signed_in)
    assert signed_in.post("/confirm", json=CREDENTIALS).status_code == 200
    renewed = token_of(signed_in)
    assert with_token(signed_in, old) == 401
    headers = {"Cookie": f"{SESSION.name}={old}"}
    response = signed_in.request(method, "/session", json=CREDENTIALS, headers=headers)
    assert response.status_code in {201, 204}
    assert with_token(signed_in, renewed) == 401
    assert with_token(signed_in, old) == 401
    assert other.get("/session").status_code == 200


def test_what_a_renewal_leaves_signs_nobody_in_and_is_not_listed(signed_in: Browser) -> None:
    first = signed_in.get("/sessions").json()[0]["id"]
    assert signed_in.post("/confirm", json=CREDENTIALS).status_code == 200
    assert signed_in.post("/confirm", json=CREDENTIALS).status_code == 200
    assert len(signed_in.get("/sessions").json()) == 1
    assert with_token(signed_in, first) == 401
