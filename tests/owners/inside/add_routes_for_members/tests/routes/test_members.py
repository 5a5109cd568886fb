import pytest
from starlette.testclient import WebSocketDenialResponse

from tests.kit.browser import Browser

MEBIBYTE = 1024 * 1024


def test_members_are_greeted(signed_in: Browser) -> None:
    assert signed_in.get("/members/me").json() == "Hello ada"
    assert signed_in.another().get("/members/me").status_code == 401


def test_members_talk(signed_in: Browser) -> None:
    with signed_in.websocket_connect("/members/socket") as socket:
        assert socket.receive_text() == "Hello ada"
    with (
        pytest.raises(WebSocketDenialResponse),
        signed_in.another().websocket_connect("/members/socket"),
    ):
        pass


def test_pictures_may_be_larger_than_other_bodies(signed_in: Browser) -> None:
    def upload(size: int) -> int:
        files = {"picture": b"x" * size}
        return signed_in.post("/members/pictures", files=files).status_code

    assert upload(2 * MEBIBYTE) == 200
    assert upload(4 * MEBIBYTE) == 413
    assert signed_in.put("/preferences", content=b"x" * 2 * MEBIBYTE).status_code == 413
