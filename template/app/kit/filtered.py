"""What FastAPI does with a returned object, for a Response of one's own: it sends that as it is."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

_adapter = cache(TypeAdapter[Any])  # Building one takes far longer than using it.


def filtered(response_model: Any, data: object) -> Any:
    """Return `data` as JSON-compatible content that holds what `response_model` declares.

    Nothing else gets through. Declare the same `response_model` on the path operation, too.

    Raises:
        pydantic.ValidationError: `data` does not fit `response_model`; the client gets a 500.
    """
    adapter = _adapter(response_model)
    model = adapter.validate_python(data, from_attributes=True)
    return adapter.dump_python(model, mode="json", by_alias=True)
