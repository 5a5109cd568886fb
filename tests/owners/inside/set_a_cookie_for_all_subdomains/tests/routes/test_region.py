from tests.kit.browser import Browser


def test_it_is_kept(browser: Browser) -> None:
    browser.put("/region")
    assert browser.value("region") == "eu"
