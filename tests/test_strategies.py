"""Over real HTTP both strategies answer the same requests with the same bytes."""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.answers import STRATEGIES
from tests.conftest import Environment, Render
from tests.tools import change, interpreters, serving

# The one route whose path is that of FastAPI's documentation, and differs there.
EXAMPLE = {"temporal": "/cookie-and-object/", "direct": "/cookie/"}

JSON = {"Content-Type": "application/json"}
DARK = "preferences=%7B%22theme%22:%22dark%22%2C%22text_size%22:120%7D"
Request = tuple[str, str, dict[str, str], str | None]
REQUESTS: list[Request] = [
    ("POST", "/example", {}, None),
    ("GET", "/example", {}, None),
    ("GET", "/welcome", {}, None),
    ("GET", "/welcome", {"Accept-Language": "fr"}, None),
    ("GET", "/welcome", {"Accept-Language": "fr", "Cookie": "locale=de"}, None),
    ("GET", "/welcome", {"Cookie": "locale=%ff"}, None),
    ("HEAD", "/welcome", {}, None),
    ("GET", "/preferences", {}, None),
    ("GET", "/preferences", {"Cookie": DARK}, None),
    ("GET", "/preferences", {"Cookie": "preferences={"}, None),
    ("PUT", "/preferences", JSON, '{"theme": "dark", "text_size": 120}'),
    ("PUT", "/preferences", JSON | {"Cookie": DARK}, "{}"),
    ("PUT", "/preferences", JSON | {"Cookie": DARK}, '{"theme": "pink"}'),
    ("PUT", "/preferences", JSON, "{"),
    ("PUT", "/preferences", {}, None),
    ("DELETE", "/preferences", {"Cookie": DARK}, None),
    ("POST", "/preferences", {}, None),
    ("GET", "/cookies", {"Cookie": DARK}, None),
    ("GET", "/session", {}, None),
    ("GET", "/session", {"Cookie": f"__Host-Http-my-app-session={'A' * 43}"}, None),
    ("POST", "/session", JSON, '{"username": "ada", "password": "wrong"}'),
    ("POST", "/session", JSON, '{"username": 1}'),
    ("POST", "/session", JSON | {"Sec-Fetch-Site": "cross-site"}, "{}"),
    ("POST", "/session/confirm", JSON, '{"password": "wrong"}'),
    ("DELETE", "/session", {}, None),
    ("GET", "/sessions", {}, None),
    ("DELETE", "/sessions", {}, None),
    ("DELETE", "/sessions/none", {}, None),
    ("GET", "/health", {}, None),
    ("HEAD", "/health", {}, None),
    ("GET", "/live", {}, None),
    ("HEAD", "/live", {}, None),
    ("GET", "/", {}, None),
    ("GET", "/page.js", {}, None),
    ("GET", "/nowhere", {}, None),
    ("GET", "/openapi.json", {}, None),
]


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def ask(port: int, method: str, path: str, headers: dict[str, str], body: str | None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    # When it was answered, or when a file was rendered, says nothing about the strategy.
    varying = {"date", "last-modified", "etag"}
    kept = [(name, value) for name, value in response.getheaders() if name.lower() not in varying]
    answer = Answer(response.status, kept, response.read())
    connection.close()
    return answer


def conversation(
    project: Path, environment: Environment, strategy: str, requests: list[Request] = REQUESTS
) -> list[Answer]:
    python = environment(next(iter(interpreters().values())))
    with serving(project, python, "run", "--host", "127.0.0.1") as port:
        return [
            ask(port, method, path.replace("/example", EXAMPLE[strategy]), headers, body)
            for method, path, headers, body in requests
        ]


@pytest.fixture(scope="module")
def conversations(render_once: Render, environment: Environment) -> dict[str, list[Answer]]:
    projects = {each: render_once(each, cookie_strategy=each) for each in STRATEGIES}
    return {each: conversation(projects[each], environment, each) for each in STRATEGIES}


def openapi(answer: Answer, strategy: str) -> dict[str, Any]:
    """Return the OpenAPI document with the example's path of either strategy made the same."""
    document = json.loads(answer.body)
    example = document["paths"].pop(EXAMPLE[strategy])
    del example["post"]["operationId"]
    return {"example": example, **document}


def assert_the_same(
    temporal: list[Answer], direct: list[Answer], requests: list[Request] = REQUESTS
) -> None:
    assert openapi(temporal[-1], "temporal") == openapi(direct[-1], "direct")
    for request, one, other in zip(requests[:-1], temporal, direct, strict=False):
        assert one == other, request


def test_both_strategies_answer_the_same_byte_for_byte(
    conversations: dict[str, list[Answer]],
) -> None:
    assert_the_same(conversations["temporal"], conversations["direct"])


def test_without_sign_in_they_do_so_too(render: Render, environment: Environment) -> None:
    requests = [each for each in REQUESTS if not each[1].startswith("/session")]
    temporal, direct = (
        conversation(
            render(each, cookie_strategy=each, sign_in="none"), environment, each, requests
        )
        for each in STRATEGIES
    )
    assert_the_same(temporal, direct, requests)
    assert [each.status for each in temporal[-4:]] == [200, 200, 404, 200]


def test_negative_control_a_field_more_is_noticed(
    render: Render, environment: Environment, conversations: dict[str, list[Answer]]
) -> None:
    project = render(cookie_strategy="direct")
    change(project / "app" / "routes" / "welcome.py", "filtered(Greeting, data)", "data")
    damaged = conversation(project, environment, "direct")
    with pytest.raises(AssertionError, match="/welcome"):
        assert_the_same(conversations["temporal"], damaged)


def test_the_conversation_is_about_something(conversations: dict[str, list[Answer]]) -> None:
    """The comparison above would hold for two servers that answer nothing but errors, too."""
    statuses = [answer.status for answer in conversations["temporal"]]
    assert statuses == [
        *(200, 405, 200, 200, 200, 200, 405, 200, 200, 200),
        *(201, 200, 422, 422, 422, 204, 405, 200),
        *(401, 401, 401, 422, 403, 401, 204, 401, 401, 401),
        *(200, 200, 200, 200, 200, 200, 404, 200),
    ]
    cookies = [
        value.partition("=")[0]
        for answer in conversations["direct"]
        for name, value in answer.headers
        if name == "set-cookie"
    ]
    assert cookies == [
        "fakesession",
        *["locale"] * 3,
        *["preferences"] * 3,
        "__Host-Http-my-app-session",
    ]
