"""What a session carries, as JSON."""

import json
from typing import Any

from pydantic import BaseModel


def dump(data: BaseModel) -> str:
    """Return the data as it is stored."""
    return json.dumps(_fields(data))


def dump_change(stored: str, before: BaseModel, after: BaseModel) -> str:
    """Return what to store after a change, given what is stored and was read from it.

    Fields that this release does not know stay: a newer one has stored them.
    """
    fields: dict[str, Any] = json.loads(stored)
    for name in _fields(before):
        fields.pop(name, None)
    return json.dumps(fields | _fields(after))


def _fields(data: BaseModel) -> dict[str, Any]:
    return data.model_dump(mode="json", by_alias=True)
