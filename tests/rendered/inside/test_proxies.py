"""Where the server takes anybody's word for an address, the app says so when it starts."""

import pytest
from fastapi import FastAPI

from app.kit import KitSettings, protect
from tests.kit.browser import Browser

TRUSTS_ALL = {"*": True, "0.0.0.0/0": True, "10.0.0.0/8, ::/0": True}
TRUSTS_SOME = dict.fromkeys(("", "127.0.0.1", "10.0.0.0/8,fd00::/8", "unix:", "10.0.0.1/0"), False)


@pytest.mark.parametrize(("value", "warns"), (TRUSTS_ALL | TRUSTS_SOME).items())
@pytest.mark.parametrize("environment_is", ["production", "development"])
def test_trust_in_everybody_is_said_once_at_the_start_in_production(
    value: str,
    warns: bool,
    environment_is: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", value)
    app = FastAPI()
    protect(app, KitSettings.model_validate({"fastapi_env": environment_is}))
    inside = FastAPI()
    protect(inside, KitSettings())
    app.mount("/inside", inside)
    assert caplog.text == ""
    with Browser(app) as browser:
        browser.get("/inside/nowhere")
    expected = 1 if warns and environment_is == "production" else 0
    assert caplog.text.count(f"FORWARDED_ALLOW_IPS={value} takes the word") == expected
