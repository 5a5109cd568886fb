"""What FastAPI does with a returned object, for a Response of one's own: it sends that as it is."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

_adapter = cache(TypeAdapter[Any])  # Building one takes far longer than using it.


def filtered(response_model: Any, data: object) -> Any:
    """Return what `response_model` declares of `data`, and nothing else, compatible with JSON.

    Declare the same `response_model` on the path operation, too. Raises pydantic.ValidationError,
    so that the client gets a 500, where `data` does not fit it.
    """
    adapter = _adapter(response_model)
    model = adapter.validate_python(data, from_attributes=True)
    return adapter.dump_python(model, mode="json", by_alias=True)
