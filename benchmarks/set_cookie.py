# /// script
# requires-python = ">=3.11"
# dependencies = ["copier>=9.19,<10", "fastapi>=0.165", "pydantic-settings>=2.16"]
# ///
"""What setting a cookie costs, beside Starlette's `set_cookie`, in one run.

Renders a project and times its `Cookie.set` and `Cookie.delete`. Prints a Markdown table; the ratio
is what counts.

    uv run [--python 3.13] benchmarks/set_cookie.py
"""

import sys
import tempfile
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

import copier

ROUNDS, CALLS = 15, 2_000


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        copier.run_copy(
            str(Path(__file__).parent.parent),
            folder,
            data={"project_name": "benchmark"},
            vcs_ref="HEAD",
            defaults=True,
            overwrite=True,
            quiet=True,
        )
        sys.path.insert(0, folder)
        print("| Setting | here, µs | Starlette, µs | ratio |")
        print("| --- | --- | --- | --- |")
        for name, (ours, theirs) in pairs().items():
            one, other = side_by_side(ours, theirs)
            print(f"| {name} | {one:.2f} | {other:.2f} | {one / other:.2f} |")


def pairs() -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
    """Return what is compared: the same cookie, set here and by Starlette."""
    from app import cookies
    from starlette.responses import Response

    response, preferences = Response(), cookies.Preferences(theme="dark")
    json, encoded = preferences.model_dump_json(), cookies.PREFERENCES.encode(preferences)
    options: Any = {"max_age": 365 * 24 * 60 * 60, "secure": True}

    def clear(action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            action()
            response.raw_headers.clear()

        return run

    def theirs(name: str, value: str, **more: Any) -> Callable[[], None]:
        return clear(lambda: response.set_cookie(name, value, **options, **more))

    return {
        "a str": (
            clear(lambda: cookies.LOCALE.set(response, "en")),
            theirs("locale", "en", httponly=True),
        ),
        "a model; Starlette a str of its JSON": (
            clear(lambda: cookies.PREFERENCES.set(response, preferences)),
            theirs("preferences", json),
        ),
        "a model; Starlette its encoded value": (
            clear(lambda: cookies.PREFERENCES.set(response, preferences)),
            theirs("preferences", encoded),
        ),
        "a deletion": (
            clear(lambda: cookies.PREFERENCES.delete(response)),
            clear(lambda: response.delete_cookie("preferences", secure=True)),
        ),
    }


def side_by_side(*actions: Callable[[], None]) -> list[float]:
    """Return the microseconds that a call of each takes, the best of rounds in turn."""
    rounds = [[timeit.timeit(each, number=CALLS) for each in actions] for _ in range(ROUNDS)]
    return [min(times) / CALLS * 1e6 for times in zip(*rounds, strict=True)]


if __name__ == "__main__":
    main()
