"""A declaration that no browser would keep fails at once; a value travels unharmed."""

import json
import re
import traceback
import warnings
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import pytest
from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel, Field, SecretStr, field_serializer, model_validator

from app.kit import DECLARED, Cookie, Place
from app.kit.browser_rules import MAX_LIFETIME, MAX_SIZE
from tests.kit.browser import Browser, parse

ORIGIN = urlsplit("https://app.example")


class Note(BaseModel):
    text: str


def declare(name: str = "tested", holds: Any = str, **options: Any) -> Cookie[Any]:
    return Cookie(name, holds, **{"purpose": "Tested here.", **options})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": ""}, "a name takes letters"),
        ({"name": "two words"}, "a name takes letters"),
        ({"name": "séance"}, "a name takes letters"),
        ({"name": "a;b"}, "a name takes letters"),
        ({"name": "a\r\nb"}, "a name takes letters"),
        ({"name": "a\n"}, "a name takes letters"),
        ({"name": "Expires"}, "this name is reserved"),
        ({"name": "$Version"}, "this name is reserved"),
        ({"name": "a" * 4097}, "browsers drop a name of more than 4096 bytes"),
        ({"purpose": " "}, "say in `purpose` what it is for"),
        ({"name": "__Secure-a", "secure": False}, "requires secure=True"),
        ({"name": "__SECURE-a", "secure": False}, "requires secure=True"),
        ({"name": "__Host-a", "secure": False}, "requires secure=True"),
        ({"name": "__Http-a", "secure": False}, "requires secure=True"),
        ({"name": "__host-http-a", "secure": False}, "requires secure=True"),
        ({"name": "__Host-a", "path": "/a"}, "requires path='/' and no domain"),
        ({"name": "__hOST-a", "domain": "app.example"}, "requires path='/' and no domain"),
        ({"name": "__Host-Http-a", "path": "/a"}, "requires path='/' and no domain"),
        ({"name": "__Http-a", "httponly": False}, "requires httponly=True"),
        ({"name": "__HOST-HTTP-a", "httponly": False}, "requires httponly=True"),
        ({"samesite": "never"}, "samesite is 'lax', 'strict' or 'none'"),
        ({"samesite": None}, "samesite is 'lax', 'strict' or 'none'"),
        ({"samesite": "none", "secure": False}, "partitioned=True require secure=True"),
        ({"partitioned": True, "secure": False}, "partitioned=True require secure=True"),
        ({"max_age": 0}, "to end a cookie, delete it"),
        ({"max_age": -1}, "max_age takes 1 to 34560000 seconds"),
        ({"max_age": 60.0}, "max_age takes 1 to 34560000 seconds"),
        ({"max_age": True}, "max_age takes 1 to 34560000 seconds"),
        ({"max_age": 1.5}, "max_age takes 1 to 34560000 seconds"),
        ({"max_age": timedelta(days=1)}, "max_age takes 1 to 34560000 seconds"),
        ({"max_age": MAX_LIFETIME + 1}, "seconds (400 days)"),
        ({"path": ""}, "path starts with '/'"),
        ({"path": "a"}, "path starts with '/'"),
        ({"path": "/a; Domain=evil.example"}, "takes printable ASCII without ';'"),
        ({"path": "/a\r\nSet-Cookie: b=1"}, "takes printable ASCII without ';'"),
        ({"path": "/a\n"}, "takes printable ASCII without ';'"),
        ({"path": "/a "}, "ends in no space"),
        ({"path": "/é"}, "takes printable ASCII without ';'"),
        ({"path": "/\x7f"}, "takes printable ASCII without ';'"),
        ({"path": "/" + "a" * 1024}, "ignore a path over 1024 bytes"),
        ({"domain": "a.example; Secure"}, "domain is a host name"),
        ({"domain": "a.example\r\n"}, "domain is a host name"),
        ({"domain": "bücher.example"}, "domain is a host name"),
        ({"domain": "a" * 1025}, "domain is a host name"),
        ({"domain": ""}, "domain is a host name"),
        ({"domain": ".app.example"}, "domain is a host name"),
        ({"domain": "app.example:8000"}, "domain is a host name"),
        ({"domain": "-app.example"}, "domain is a host name"),
        ({"domain": "app..example"}, "domain is a host name"),
        ({"domain": "127.0.0.1"}, "domain is a host name"),
        ({"domain": "1.2.3.0x4"}, "domain is a host name"),
        ({"domain": ".".join(["a" * 63] * 3 + ["a" * 62])}, "domain is a host name"),
        ({"formerly": (Place(),)}, "`formerly` names where it was before"),
        ({"formerly": (Place("/a;b"),)}, "takes printable ASCII without ';'"),
    ],
)
def test_a_declaration_that_no_browser_would_keep_is_refused(
    options: dict[str, Any], sentence: str
) -> None:
    declared = dict(DECLARED)
    with pytest.raises(ValueError, match=r"^Cookie '") as refusal:
        declare(**options)
    assert sentence in str(refusal.value)
    assert declared == DECLARED


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a" * 4096},
        {"path": "/" + "a" * 1023},
        {"domain": ".".join(["a" * 63, "a" * 63, "a" * 63, "a" * 61])},
        {"max_age": 1},
        {"max_age": MAX_LIFETIME},
    ],
)
def test_a_declaration_may_go_to_the_limit(options: dict[str, Any]) -> None:
    declare(**options)


def test_a_cookie_is_declared_once_for_each_place_where_a_browser_keeps_one() -> None:
    declare()
    declare(path="/other")
    declare(domain="app.example")
    declare(partitioned=True)
    with pytest.raises(ValueError, match="declared twice for '/'"):
        declare()


@pytest.mark.parametrize("holds", [int, dict, "str", None, list[str]])
def test_a_cookie_of_another_type_is_refused(holds: Any) -> None:
    with pytest.raises(TypeError, match="holds str or a Pydantic model, not"):
        declare(holds=holds)


def test_the_header_is_the_one_that_starlette_sends() -> None:
    ours, starlettes = Response(), Response()
    declare(secure=False, httponly=False).set(ours, "1")
    starlettes.set_cookie("tested", "1")
    declare(max_age=60, path="/a", domain="app.example", samesite="strict").set(ours, "1")
    starlettes.set_cookie(
        "tested", "1", 60, path="/a", domain="app.example", secure=True, httponly=True,
        samesite="strict",
    )  # fmt: skip
    assert ours.headers.getlist("set-cookie") == starlettes.headers.getlist("set-cookie")


def test_without_a_lifetime_a_cookie_ends_with_the_browser() -> None:
    response = Response()
    declare().set(response, "1")
    declare("lasting", max_age=60).set(response, "1")
    ending, lasting = response.headers.getlist("set-cookie")
    assert "max-age" not in ending.lower()
    assert "expires" not in ending.lower()
    assert "; Max-Age=60;" in f"{lasting};"


def test_partitioned_works_on_every_python() -> None:
    response = Response()
    declare(partitioned=True, samesite="none").set(response, "1")
    assert response.headers["set-cookie"] == (
        "tested=1; HttpOnly; Partitioned; Path=/; SameSite=none; Secure"
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"name": "__Host-Http-tested"},
        {"path": "/a", "domain": "app.example", "partitioned": True, "samesite": "none"},
        {"secure": False, "httponly": False, "max_age": 1},
    ],
)
def test_a_deletion_has_the_attributes_that_make_a_browser_drop_the_cookie(
    options: dict[str, Any],
) -> None:
    cookie, response = declare(**options), Response()
    cookie.set(response, "1")
    cookie.delete(response)
    kept, deleted = (parse(header, ORIGIN) for header in response.headers.getlist("set-cookie"))
    assert deleted.is_deletion
    assert deleted.value == ""
    assert deleted.key == kept.key
    kept.attributes.pop("max-age", None)
    assert deleted.attributes.items() - kept.attributes.items() == {
        ("max-age", "0"),
        ("expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
    }
    assert deleted.attributes.keys() >= kept.attributes.keys()


def test_a_partitioned_cookie_ends_with_secure_though_the_new_one_is_not() -> None:
    response = Response()
    declare(secure=False, formerly=(Place(partitioned=True),)).set(response, "1")
    sent = [parse(header, ORIGIN) for header in response.headers.getlist("set-cookie")]
    assert ["secure" in each.attributes for each in sent] == [True, False]


@pytest.mark.parametrize("where", ["set", "delete"])
def test_a_cookie_that_moved_ends_where_it_was(where: str) -> None:
    old, response = declare(), Response()
    new = declare(partitioned=True, samesite="none", formerly=(old.place, Place("/shop")))
    new.set(response, "1") if where == "set" else new.delete(response)
    sent = [parse(header, ORIGIN) for header in response.headers.getlist("set-cookie")]
    assert [(each.attributes["path"], each.is_deletion) for each in sent] == [
        ("/", True),
        ("/shop", True),
        ("/", where == "delete"),
    ]
    assert ["partitioned" in each.attributes for each in sent] == [False, False, True]


TEXTS = ["", "a", "%41", "é%C3%A9", "Zoë Ω 🍪", '\x00\r\n;,\\" =', "'!#$&()*+-./:<>?@[]^_`{|}~"]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_comes_back_as_it_was_set(text: str) -> None:
    cookie = declare()
    encoded = cookie.encode(text)
    assert re.fullmatch(r"[!#-+\--:<-\[\]-~]*", encoded)  # RFC 10025, section 4.1.1: cookie-octet
    assert cookie.decode(encoded) == text


def test_only_what_has_to_be_is_escaped() -> None:
    text = "!#$&'()*+-./:<=>?@[]^_`{|}~azAZ09"
    assert declare().encode(text) == text


@pytest.mark.parametrize("text", TEXTS)
def test_any_model_comes_back_and_reads_as_json_in_a_page(text: str) -> None:
    cookie = declare(holds=Note)
    encoded = cookie.encode(Note(text=text))
    assert re.fullmatch(r"[!#-+\--:<-\[\]-~]*", encoded)  # RFC 10025, section 4.1.1: cookie-octet
    assert cookie.decode(encoded) == Note(text=text)
    # unquote is decodeURIComponent, json.loads is JSON.parse.
    assert json.loads(unquote(encoded)) == {"text": text}


@pytest.mark.parametrize("raw", ["", "%", "%ff", "%22", "{", "[]", "null", "[" * 5000])
def test_a_model_that_a_client_made_up_counts_as_absent(raw: str) -> None:
    assert declare(holds=Note).decode(raw) is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("__Host-a=1", "1"),
        ("b=2;__Host-a=1 ; c", "1"),
        ("__Host-a=1; __Host-a=1", "1"),
        ("__Host-a=1; __Host-a=2", None),
        ("\xa0__Host-a=evil; __Host-a=1", "1"),
        ("\xa0__Host-a=evil", None),
        ("\x85__Host-a=evil", None),
        ("__host-a=1", None),
        ("x__Host-a=1; __Host-a-b=1", None),
        ("__Host-a", None),  # a cookie without a name, of this value
        ("=__Host-a=1", None),
        ("X__Host-a=1", None),
    ],
)
def test_a_cookie_is_read_by_its_exact_name_and_only_if_there_is_no_other_one(
    app: FastAPI, header: str, value: str | None
) -> None:
    cookie = declare("__Host-a")

    @app.get("/read")
    async def read(found: Annotated[str | None, Depends(cookie.read)]) -> str | None:
        return found

    sent: Any = {"Cookie": header.encode("latin-1")}
    response = Browser(app).get("/read", headers=sent)
    assert response.json() == value
    assert response.headers["vary"] == "Cookie"


def test_no_other_header_is_read_for_cookies(app: FastAPI, cookies: list[Cookie[str]]) -> None:
    @app.get("/read")
    async def read(found: Annotated[str | None, Depends(cookies[0].read)]) -> str | None:
        return found

    assert Browser(app).get("/read", headers={"X-Cookie": "first=1"}).json() is None


@pytest.mark.parametrize("raw", ["%ff", "%C3", "%ED%A0%80"])
def test_text_that_is_not_utf_8_counts_as_absent(raw: str) -> None:
    assert declare().decode(raw) is None


def test_whatever_a_validator_raises_the_cookie_counts_as_absent() -> None:
    class Cart(BaseModel):
        @model_validator(mode="before")
        @classmethod
        def _upgrade(cls, data: Any) -> Any:
            data.setdefault("items", [])
            return data

    assert declare(holds=Cart).decode("[]") is None


def test_a_model_travels_under_its_aliases() -> None:
    class Cart(BaseModel):
        item_count: int = Field(alias="itemCount")

    cookie = declare(holds=Cart)
    encoded = cookie.encode(Cart(itemCount=3))
    assert unquote(encoded) == '{"itemCount":3}'
    assert cookie.decode(encoded) == Cart(itemCount=3)


class Loud(BaseModel):
    text: str

    @field_serializer("text")
    def _fail(self, text: str) -> str:
        raise RuntimeError(f"cannot write {text}")


class Hidden(BaseModel):
    text: SecretStr


class OneWay(BaseModel):
    text: str = Field(serialization_alias="words")


@pytest.mark.parametrize(
    "model",
    [
        Loud(text="s3cret"),
        Hidden(text=SecretStr("s3cret")),
        OneWay(text="s3cret"),
        Note(text="a").model_copy(update={"text": 7}),
    ],
)
def test_a_model_that_would_not_read_back_is_refused_without_being_shown(
    model: BaseModel,
) -> None:
    with pytest.raises(ValueError, match="would not read back as the") as refusal:
        declare(holds=type(model)).encode(model)
    assert "s3cret" not in "".join(traceback.format_exception(refusal.value))


def test_a_subclass_is_refused_because_its_own_fields_would_travel_too() -> None:
    class PrivateNote(Note):
        rating: int

    with pytest.raises(TypeError, match="holds Note, not PrivateNote"):
        declare(holds=Note).encode(PrivateNote(text="a", rating=1))


def test_an_enumeration_of_texts_is_text() -> None:
    class Colour(StrEnum):
        RED = "red"

    assert declare().encode(Colour.RED) == "red"


def test_a_value_of_half_a_surrogate_pair_is_refused_without_being_shown() -> None:
    with pytest.raises(ValueError, match="half of a surrogate pair") as refusal:
        declare().encode("secret\ud800")
    assert "secret" not in str(refusal.value)


def test_a_value_of_another_type_is_refused_without_being_shown() -> None:
    with pytest.raises(TypeError, match="'tested' holds Note, not str") as refusal:
        declare(holds=Note).encode("secret")
    assert "secret" not in str(refusal.value)
    with pytest.raises(TypeError, match="'other' holds str, not bytes"):
        declare("other").encode(b"secret")


def test_no_warning_shows_a_value_of_another_type() -> None:
    with warnings.catch_warnings(record=True) as shown, pytest.raises(ValueError):
        warnings.simplefilter("always")
        declare(holds=Note).encode(Note(text="a").model_copy(update={"text": 7}))
    assert shown == []


def test_name_and_value_over_4096_bytes_are_refused_without_being_shown() -> None:
    cookie = declare(holds=Note)
    room = MAX_SIZE - len("tested") - len(cookie.encode(Note(text="")))
    cookie.encode(Note(text="s" * room))
    response = Response()
    with pytest.raises(ValueError, match="takes 4097 bytes") as refusal:
        cookie.set(response, Note(text="s" * (room + 1)))
    assert "sss" not in str(refusal.value)
    assert "set-cookie" not in response.headers
    # Escapes count as they travel: three bytes for a space.
    with pytest.raises(ValueError, match="takes 4097 bytes"):
        declare("other").encode(" " * 1364)


def test_a_cookie_is_not_declared_in_each_request(app: FastAPI) -> None:
    @app.get("/")
    async def declare() -> None:
        Cookie("late", str, purpose="Tested here.")

    with pytest.raises(ValueError, match="declare it at the top of a module"):
        Browser(app).get("/")
