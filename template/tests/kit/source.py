"""The code that an app runs and that its owner wrote, wherever it lies."""

import ast
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

_OTHERS = [Path(sysconfig.get_path(each)) for each in ("stdlib", "platstdlib")]


def modules_in(package: Path) -> list[str]:
    """Return the modules of a package, but not those of the kit."""
    paths = sorted(path.relative_to(package.parent) for path in package.rglob("*.py"))
    named = [path for path in paths if "node_modules" not in path.parts]
    return [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in named
    ]


def modules_of(app: FastAPI) -> set[str]:
    """Return the modules of what `app` calls.

    That is path operations, dependencies, middleware and handlers.
    """
    called: list[Any] = [*app.exception_handlers.values(), app.router.lifespan_context]
    called += [
        part
        for each in app.user_middleware
        for part in (each.cls, *each.kwargs.values())
    ]
    for route in iter_route_contexts(app.routes):
        called.append(route.endpoint)
        if (dependant := getattr(route, "dependant", None)) is not None:
            called += _calls(dependant)
    return {name for each in called if (name := _module(each))}


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


def _module(called: Any) -> str | None:
    while isinstance(called, partial):
        called = called.func
    is_named = isinstance(called, FunctionType | MethodType | type)
    return getattr(called if is_named else type(called), "__module__", None)


def files(modules: Iterable[str]) -> tuple[dict[Path, None], list[str]]:
    """Return the owner's files of `modules` and their imports; and what has no source.

    Nothing is imported for that. The standard library, what is installed and the kit
    are not the owner's.
    """
    found: dict[Path, None] = {}
    without_source: dict[str, None] = {}
    waiting = list(modules)
    for module in waiting:  # which grows meanwhile
        for name, path in _located(module):
            if path is None:
                without_source[name] = None
            elif path not in found:
                found[path] = None
                waiting += _imports(path, name)
    return found, list(without_source)


def _located(module: str) -> Iterator[tuple[str, Path | None]]:
    """Yield the file of a module, after those of its packages; None: without source."""
    top, *parts = module.split(".")
    try:
        spec = find_spec(top)
    except ValueError:  # of what is run, such as `__main__`
        return
    folders = [Path(each) for each in (spec and spec.submodule_search_locations) or ()]
    origin = Path(spec.origin) if spec and spec.has_location and spec.origin else None
    if not (lies := origin or next(iter(folders), None)) or not _is_owners(lies):
        return
    if origin:
        yield top, origin if origin.suffix == ".py" else None
    for number, part in enumerate(parts, 1):
        name = ".".join([top, *parts[:number]])
        if name in {"app.kit", "tests.kit"}:
            return
        beside = [
            path for folder in folders for path in sorted(folder.glob(f"{part}*"))
        ]
        folders = [path for path in beside if path.name == part and path.is_dir()]
        own = [folder / "__init__.py" for folder in folders]
        own += [path for path in beside if path.name == f"{part}.py"]
        sources = [path for path in own if path.is_file()]
        if sources:
            yield name, sources[0]
        elif any(_is_compiled(path, part) for path in beside):
            yield name, None


def _is_compiled(path: Path, name: str) -> bool:
    return path.name.partition(".")[0] == name and path.suffix in {
        ".so",
        ".pyd",
        ".pyc",
    }


def is_owners(function: FunctionType) -> bool:
    """Return whether its owner wrote this function: it is not installed or the kit's."""
    module = f"{function.__module__}."
    path = Path(function.__code__.co_filename)
    return not module.startswith(("app.kit.", "tests.kit.")) and _is_owners(path)


def _is_owners(path: Path) -> bool:
    if {"site-packages", "dist-packages"} & {*path.parts}:
        return False
    return not any(folder in path.parents for folder in _OTHERS)


def _imports(path: Path, name: str) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(up if node.level else ()), *filter(None, [node.module])])
            # A name that is imported can be a module itself.
            yield from (f"{base}.{alias.name}" for alias in node.names)
