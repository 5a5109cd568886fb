"""Break the kit in every small way, one at a time, and tell which ways no test notices.

`uv run tools/mutation.py` renders a project and runs this file there as a plugin of pytest: each
mutant in a fork, with the tests that reach its line. Files that are named are tried alone. Redis
and PostgreSQL are left out: `tests/engines` proves them on real servers. Not mutmut, which changes
functions only: half of what protects stands in constants, declarations and decorators.
"""

import ast
import gc
import os
import resource
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from inspect import CO_NEWLOCALS
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest

LEFT_OUT = {"redis.py", "redis_clients.py", "postgresql.py"}
NOTICED = Path("noticed")  # the number of the test that runs
SECONDS = 180  # until a mutant that hangs counts as noticed
MEMORY = 4 * 2**30  # bytes, above which a mutant that takes ever more counts as noticed
SWAPS: dict[type, type] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


class Mutant(NamedTuple):
    parent: ast.AST
    field: str
    at: int | None
    old: ast.AST
    new: ast.AST | None  # None: left out
    lines: range

    def __str__(self) -> str:
        old, new = (ast.unparse(each) if each else "" for each in (self.old, self.new))
        return f"{old or type(self.old).__name__} -> {new or type(self.new).__name__}"


def instead(node: Any, parent: ast.AST, field: str) -> Iterator[ast.AST | None]:
    """Yield what to put in place of a node."""
    if type(node) in SWAPS:
        yield SWAPS[type(node)]()
    elif isinstance(node, ast.Constant) and node.value not in (None, ...):
        value: Any = node.value
        if isinstance(value, bool):
            yield ast.Constant(not value)
        elif isinstance(value, int | float):
            yield ast.Constant(value + 1)
        # Docstrings and sentences are for people.
        elif not isinstance(parent, ast.Expr | ast.JoinedStr) and len(value.split()) < 5:
            yield ast.Constant(value + (b"XX" if isinstance(value, bytes) else "XX"))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Raise | ast.Expr) and not isinstance(
        getattr(node, "value", None), ast.Constant | ast.Yield
    ):
        yield ast.Pass()
    elif isinstance(node, ast.Return) and node.value and ast.unparse(node.value) != "None":
        yield ast.Return(ast.Constant(None))
    if isinstance(node, ast.expr) and (field in ("test", "ifs") or isinstance(parent, ast.BoolOp)):
        yield from (ast.Constant(True), ast.Constant(False))
    elif isinstance(node, ast.keyword) or field == "decorator_list":
        yield None
    elif isinstance(parent, ast.Set | ast.List | ast.Tuple) and len(parent.elts) > 1:
        yield None if isinstance(node, ast.expr) and field == "elts" else node


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    waiting: list[tuple[ast.AST, range]] = [(tree, range(0))]
    for parent, lines in waiting:
        said = ast.unparse(parent) if isinstance(parent, ast.Call) else ""  # of no effect
        for field, value in ast.iter_fields(parent):
            if field in ("annotation", "returns", "bases", "names") or "TypeVar(" in said:
                continue
            for index, node in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(node, ast.AST):
                    here = lines
                    if isinstance(node, ast.stmt):
                        body = getattr(node, "body", None)
                        end = body[0].lineno if body else (node.end_lineno or 0) + 1
                        here = range(node.lineno, max(end, node.lineno + 1))
                    waiting.append((node, here))
                    at = index if isinstance(value, list) else None
                    for new in instead(node, parent, field):
                        if new is None or ast.dump(new) != ast.dump(node):
                            yield Mutant(parent, field, at, node, new, here)


def replace(mutant: Mutant) -> Any:
    """Change the tree; return what stood in its field."""
    parent, field, at, _, new, _ = mutant
    old = getattr(parent, field)
    if new is not None:
        new = ast.fix_missing_locations(ast.copy_location(new, parent))
    rest = [] if new is None else [new]
    setattr(parent, field, new if at is None else [*old[:at], *rest, *old[at + 1 :]])
    return old


def codes(code: CodeType) -> dict[object, CodeType]:
    """Return a module's code, and all inside it, each by what it is without what is inside it."""
    inside = [each for each in code.co_consts if isinstance(each, CodeType)]
    own = [(type(each), each) for each in code.co_consts if each not in inside]
    found: dict[object, CodeType] = {
        (code.co_qualname, code.co_firstlineno, code.co_code, code.co_names, repr(own)): code
    }
    for each in inside:
        found |= codes(each)
    return found


def in_a_fork(work: Any, *arguments: Any) -> int:
    """Return the status of a fork in which `work` was done, or -1 where that took too long."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for descriptor in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    os._exit(work(*arguments))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    kit = Path("app/kit").resolve()
    reached = reach(session, str(kit))
    functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
    functions = [each for each in functions if each.__code__.co_filename.startswith(str(kit))]
    gc.freeze()  # forks leave alone what they share
    sizes = Counter(test for tests in reached.values() for test in tests)
    wanted = os.environ["MUTATE"].split()
    for path in sorted(kit.rglob("*.py")):
        name = str(path.relative_to(kit))
        if path.name in LEFT_OUT or (wanted and name not in wanted):
            continue
        source, tree = path.read_text("utf-8"), ast.parse(path.read_text("utf-8"))
        before = codes(compile(tree, path, "exec"))
        ends: Counter[str] = Counter()
        noticed: Counter[int] = Counter()
        for mutant in mutants(tree):
            old = replace(mutant)
            found = {test for line in mutant.lines for test in reached[str(path), line]}
            after = codes(compile(tree, path, "exec"))
            changed = [code for key, code in after.items() if key not in before]
            # What runs at import, or what no test reaches after that.
            if not found or any(not code.co_flags & CO_NEWLOCALS for code in changed):
                path.write_text(ast.unparse(tree))
                status = in_a_fork(anew)
            else:
                # What noticed another mutant of this file comes first, then who reaches little.
                order = sorted(found, key=lambda test: (-noticed[test], sizes[test]))
                status = in_a_fork(swapped, session, functions, [*after.values()], order)
                noticed[int(NOTICED.read_text() or 0)] += status == 1
            end = {0: "survived", 1: "killed"}.get(status, "timeout" if status == -14 else "killed")
            ends[end] += 1
            setattr(mutant.parent, mutant.field, old)
            if end == "survived":
                print(f"\n{name}:{mutant.lines.start}: {mutant}", flush=True)
            path.write_text(source)
        total = ends.total() or 1
        score = 100 * (total - ends["survived"]) / total
        print(f"\n{name}: {ends.total()} mutants, {dict(ends)}, {score:.1f} %", flush=True)
    return True


def reach(session: pytest.Session, kit: str) -> defaultdict[tuple[str, int], set[int]]:
    """Return which tests reach a line, by their numbers."""
    reached: defaultdict[tuple[str, int], set[int]] = defaultdict(set)

    def work() -> int:
        now: set[tuple[str, int]] = set()

        def trace(frame: Any, event: str, _: object) -> Any:
            if not frame.f_code.co_filename.startswith(kit):
                return None
            now.add((frame.f_code.co_filename, frame.f_lineno))
            return trace

        threading.settrace(trace)
        sys.settrace(trace)
        with Path("reached").open("w") as file:
            for number, item in enumerate(session.items):
                now.clear()
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
                file.writelines(f"{number} {line} {path}\n" for path, line in now)
        return session.testsfailed

    assert not in_a_fork(work), "the tests pass as they are"
    for row in Path("reached").read_text().splitlines():
        number, line, path = row.split(" ", 2)
        reached[path, int(line)].add(int(number))
    return reached


def swapped(
    session: pytest.Session, functions: list[FunctionType], codes: list[CodeType], order: list[int]
) -> int:
    """Give the functions that there are their changed code, and run tests until one fails."""
    new = {(each.co_filename, each.co_qualname, each.co_firstlineno): each for each in codes}
    for function in functions:
        old = function.__code__
        if code := new.get((old.co_filename, old.co_qualname, old.co_firstlineno)):
            function.__code__ = code
    for number in order:
        NOTICED.write_text(str(number))
        item = session.items[number]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if session.testsfailed:
            return 1
    return 0


def anew() -> int:
    """Import all again, and run all tests until one fails."""
    for name in [each for each in sys.modules if each.partition(".")[0] in ("app", "tests")]:
        del sys.modules[name]
    return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider"]) != 0)


if __name__ == "__main__":
    import copier

    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.rendered import put_inside

    with TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        copier.run_copy(".", project, vcs_ref="HEAD", defaults=True, quiet=True)
        put_inside(project)
        quiet = ["-s", "-p", "no:terminal", "-p", "no:cacheprovider"]
        uv = ["uv", "run", "--quiet", "pytest", "-p", "mutation", *quiet]
        environment = {"PYTHONPATH": str(Path(__file__).parent), "MUTATE": " ".join(sys.argv[1:])}
        subprocess.run(uv, cwd=project, env=os.environ | environment, check=True)
