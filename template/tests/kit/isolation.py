"""Tests do not depend on `.env`, nor on the settings of whoever runs them."""

import os

import pytest
from pydantic_settings import BaseSettings


def isolate(
    settings: type[BaseSettings], patch: pytest.MonkeyPatch | None = None
) -> None:
    """Let `settings` read only what a test gives.

    Call it before `app.main` is imported.
    """
    patch = patch or pytest.MonkeyPatch()  # which nobody undoes
    config, names = settings.model_config, set[str]()
    for source in ("env_file", "secrets_dir"):
        patch.setitem(config, source, None)
    for name, field in settings.model_fields.items():
        variable = config.get("env_prefix", "") + name
        alias = field.validation_alias or variable
        for each in (variable, *getattr(alias, "choices", [alias])):
            names.add(str(getattr(each, "path", [each])[0]).casefold())
    inside = config.get("env_nested_delimiter")
    nested = tuple(f"{name}{inside}".casefold() for name in names if inside)
    for name in [*os.environ]:
        if name.casefold() in names or name.casefold().startswith(nested):
            patch.delenv(name)
