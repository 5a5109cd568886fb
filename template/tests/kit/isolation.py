"""Tests do not depend on `.env`, nor on the settings of whoever runs them."""

import os

from app.kit import KitSettings


def isolate(settings: type[KitSettings]) -> None:
    """Let `settings` read nothing but what a test gives. Call it before `app.main` is imported."""
    settings.model_config["env_file"] = None
    for name in settings.model_fields:
        os.environ.pop(name.upper(), None)
