from tests.kit.browser import Browser


def test_the_app_says_that_it_serves_requests(browser: Browser) -> None:
    response = browser.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
