"""What FastAPI does with a returned object, for a Response that you build yourself."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

_adapter = cache(TypeAdapter[Any])  # Building one takes far longer than using it.


def filtered(response_model: Any, data: object) -> Any:
    """Return only those parts of `data` that `response_model` declares, ready for JSON.

    Declare the same `response_model` in the path operation's decorator, too. Raises
    pydantic.ValidationError if `data` does not fit it, so the client gets a 500.
    """
    adapter = _adapter(response_model)
    model = adapter.validate_python(data, from_attributes=True)
    return adapter.dump_python(model, mode="json", by_alias=True)
