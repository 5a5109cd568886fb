"""What path operations, WebSockets and their dependencies do that they must not.

Their parameters and their source are read; nothing is called.
"""

import ast
import inspect
import os
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Annotated, Any, get_origin

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import APIKeyCookie
from pydantic_settings import BaseSettings

from app.kit import DECLARED, Cookie
from tests.kit.source import is_owners
from tests.kit.unseen import UNSEEN

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}  # RFC 9110, section 9.2.1


@dataclass(frozen=True)
class Part:
    """A path operation, a WebSocket, or a dependency of one.

    Attributes:
        name: of the operation, as GET /path.
        is_safe: whether browsers send its request for any page of any site.
        called: what FastAPI calls, and with what.
        code: its function, where it is yours; else None.
        names: what the names in that function mean.
    """

    name: str
    is_safe: bool
    called: Dependant
    code: ast.AST | None
    names: dict[str, Any]
    _file: str
    _lines: list[str]
    _line: int

    def calls(self) -> Iterator[tuple[ast.Call, ast.Attribute]]:
        """Yield each call of a method."""
        for node in ast.walk(self.code) if self.code else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node, node.func

    def place(self, node: Any) -> str:
        return f"{self._file}:{self._line + node.lineno - 1}"

    def says(self, node: Any, words: str) -> bool:
        """Return whether the line of `node` has these words in it."""
        return words in self._lines[node.lineno - 1]


LOOKS: list[Callable[[Part], Iterator[str]]] = []
"""Each yields what is wrong with a part, where it is, and what to write."""


def assert_operations(app: FastAPI) -> None:
    """Fail with all that `LOOKS` find in `app`, but not in the apps inside it."""
    found = (mistake for part in parts(app) for look in LOOKS for mistake in look(part))
    mistakes = dict.fromkeys(found)  # a dependency that several have, once
    assert not mistakes, "\n".join(mistakes)


def parts(app: FastAPI) -> Iterator[Part]:
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is not None:
            methods = {*(route.methods or ())}
            name = f"{' '.join(sorted(methods)) or 'WebSocket'} {route.path}"
            is_safe = bool(methods) and methods <= SAFE_METHODS
            yield from _parts(name, is_safe, dependant)


def _parts(name: str, is_safe: bool, dependant: Dependant) -> Iterator[Part]:
    call, code, file, lines, line = dependant.call, None, "", list[str](), 0
    function = inspect.unwrap(call) if isinstance(call, FunctionType) else None
    if isinstance(function, FunctionType) and is_owners(function):
        file = os.path.relpath(function.__code__.co_filename)
        try:
            lines, line = inspect.getsourcelines(function)
            code = ast.parse(textwrap.dedent("".join(lines)))
        except (OSError, SyntaxError):  # a lambda, or code that was made
            UNSEEN.append(f"{name}: {function.__qualname__}, whose source is not found")
    names = function.__globals__ if isinstance(function, FunctionType) else {}
    yield Part(name, is_safe, dependant, code, names, file, lines, line)
    for each in dependant.dependencies:
        yield from _parts(name, is_safe, each)


def reads_past_the_declaration(part: Part) -> Iterator[str]:
    """Yield parameters that read a declared cookie in FastAPI's way, undecoded."""
    names = [field.alias for field in part.called.cookie_params]
    if isinstance(part.called.call, APIKeyCookie):
        names.append(part.called.call.model.name)
    for (name, _), cookie in DECLARED.items():
        if name in names:
            yield (
                f"{part.name} reads {name!r} past its declaration: write "
                f"Annotated[{cookie.holds.__name__} | None, Depends(COOKIE.read)], "
                "with what declares it in place of COOKIE"
            )


def lacks_depends(part: Part) -> Iterator[str]:
    """Yield what should come from a dependency, and comes from the client."""
    called = part.called
    for field in [*called.query_params, *called.body_params, *called.header_params]:
        for each in field.field_info.metadata:
            if isinstance(getattr(each, "__self__", None), Cookie):
                yield (
                    f"{part.name} takes {field.alias!r} from the query or the body: "
                    "write Depends(COOKIE.read) in its Annotated[…]"
                )
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseSettings):
            yield (
                f"{part.name} takes all settings from the client: write "
                f"{field.alias}: SettingsDep, of app/settings.py"
            )
    if get_origin(called.call) is Annotated:
        inside = next(iter(called.call.__metadata__), None)  # type: ignore[union-attr]
        name = getattr(getattr(inside, "dependency", None), "__name__", "…")
        yield (
            f"{part.name} depends on what is no function, and refuses everybody: "
            f"declare it as a parameter, or write Depends(….{name})"
        )


def sets_after_accept(part: Part) -> Iterator[str]:
    """Yield cookies that a WebSocket sets when its answer was sent."""
    if not part.name.startswith("WebSocket "):
        return
    accepted = [func.lineno for _, func in part.calls() if func.attr == "accept"]
    for _, func in part.calls():
        if not isinstance(func.value, ast.Name) or func.attr not in {"set", "delete"}:
            continue
        cookie = part.names.get(func.value.id)
        is_late = accepted and func.lineno > min(accepted)
        if isinstance(cookie, Cookie) and is_late:
            yield (
                f"{part.place(func)}: {cookie.name!r} is lost, since `accept` has sent "
                f"the answer: write {ast.unparse(func)}(…) before `await "
                "websocket.accept()`"
            )


LOOKS += [reads_past_the_declaration, lacks_depends, sets_after_accept]
