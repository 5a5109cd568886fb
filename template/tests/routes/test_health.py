from tests.kit.browser import Browser


def test_the_app_says_that_it_serves_requests(browser: Browser) -> None:
    response = browser.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_the_page_is_served_and_leads_to_the_documentation(browser: Browser) -> None:
    page = browser.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert browser.get("/docs").is_success
    for asset in ("/style.css", "/appearance.js", "/page.js"):
        assert asset in page.text
        assert browser.get(asset).is_success


def test_a_body_of_more_than_a_mebibyte_is_refused(browser: Browser) -> None:
    body = {"theme": "x" * 1024 * 1024}
    assert browser.put("/preferences", json=body).status_code == 413
