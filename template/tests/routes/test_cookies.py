"""What this app keeps in the visitor's browser, whichever cookies it declares."""

from app.kit import DECLARED
from tests.kit.browser import Browser


def test_each_declared_cookie_is_listed_with_whether_it_came(browser: Browser) -> None:
    declared = list(DECLARED.values())
    sent = "; ".join(f"{each.name}=1" for each in declared)
    for headers, came in (({}, False), ({"Cookie": sent}, True)):
        listed = browser.get("/cookies", headers=headers).json()
        assert [(each["name"], each["purpose"], each["is_here"]) for each in listed] == [
            (each.name, each.purpose, came if each.path == "/" else None) for each in declared
        ]
