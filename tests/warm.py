"""A process that has imported what rendered projects import, and runs their tests in forks.

Run by the Python of an environment of theirs, not by that of these tests. Importing FastAPI takes
as long as running a dozen tests.
"""

import json
import os
import sys
from contextlib import suppress
from importlib import import_module

import pytest

LIBRARIES = ("argon2", "fastapi.testclient", "hypothesis", "limits", "psycopg", "pydantic_settings",
             "redis.asyncio", "uvicorn")  # fmt: skip

if __name__ == "__main__":
    for library in LIBRARIES:
        with suppress(ImportError):  # Slower, no more.
            import_module(library)
    for line in sys.stdin:
        folder, output, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, 1)
            os.dup2(file, 2)
            # pytest warns that it cannot rewrite the asserts of what is imported: nobody needs it.
            code = pytest.main([*arguments, "-W", "ignore::pytest.PytestAssertRewriteWarning"])
            sys.stdout.flush()
            os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
