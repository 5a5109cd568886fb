from tests.kit.browser import Browser


def test_what_is_in_the_basket_stays_there(signed_in: Browser) -> None:
    assert signed_in.get("/basket").json() == {"basket": {}, "currency": "EUR", "seen": None}
    signed_in.put("/basket/tea?number=1")
    signed_in.put("/basket/tea?number=2")
    stored = signed_in.get("/basket").json()
    assert stored["basket"] == {"tea": 2}
    assert stored["seen"].startswith("2")
    assert signed_in.another().get("/basket").status_code == 401
