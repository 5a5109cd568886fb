from tests.kit.browser import Browser


def test_one_path_answers_two_methods(browser: Browser) -> None:
    for method in ("GET", "POST"):
        assert browser.request(method, "/kinds/many").status_code == 200


def test_numbers_are_counted(browser: Browser) -> None:
    with browser.stream("GET", "/kinds/numbers") as response:
        assert next(response.iter_lines()) == "1"
