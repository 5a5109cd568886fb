# Moved to app/sign_in.py (what a session carries, CurrentSession and its siblings) and
# app/kit/sessions. Delete this folder once nothing imports it.
from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    # When it is asked for: app/sign_in.py may be importing this package itself.
    for module in ("app.sign_in", "app.kit.sessions"):
        if hasattr(import_module(module), name):
            return getattr(import_module(module), name)
    raise AttributeError(name)
