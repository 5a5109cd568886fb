from fastapi import FastAPI

from tests.kit.browser import Browser


def test_who_meets_an_error_gets_an_apology(app: FastAPI) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise LookupError

    response = Browser(app, raise_server_exceptions=False).get("/fail")
    assert (response.status_code, response.json()) == (500, {"detail": "Sorry."})


def test_each_answer_counts_as_a_visit(browser: Browser) -> None:
    for path in ("/session", "/health", "/nowhere"):
        response = browser.get(path)
        assert [cookie.name for cookie in browser.received(response)] == ["visit"]
        assert response.headers["cache-control"] == "no-store"
