"""Attempts through a proxy, and as nobody."""

import pytest
from fastapi import FastAPI

from tests.kit.browser import Browser
from tests.kit.sessions.test_attempts import from_address, settings  # noqa: F401


def test_a_name_that_no_store_can_keep_is_nobodys(browser: Browser) -> None:
    for name in ("\\u0000", "\\ud800", "a" * 100_000):
        body = '{"name": "%s", "password": "x"}' % name  # noqa: UP031 - half of a pair
        answer = browser.post(
            "/session", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in {401, 422}


def test_a_proxy_that_is_not_trusted_is_named_once(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    from_address(
        app, "203.0.113.9", "ada", **forwarded
    )  # as a server says it that trusts its proxy
    assert not caplog.records
    for n in range(2):
        from_address(app, "10.0.0.1", f"user {n}", **forwarded)
    [record] = caplog.records
    assert "10.0.0.1" in record.message and "FORWARDED_ALLOW_IPS" in record.message


def test_an_address_that_is_over_its_limit_is_named_once(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    statuses = [from_address(app, "10.0.0.1", f"user {n}") for n in range(8)]
    assert statuses == [401] * 6 + [429] * 2
    assert ["10.0.0.1" in record.message for record in caplog.records] == [True]
