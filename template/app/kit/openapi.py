"""Cookies in the OpenAPI document."""

from typing import Any

from app.kit.cookie import Cookie


def set_cookie_header(*cookies: Cookie[Any]) -> dict[str, dict[str, Any]]:
    """Return the OpenAPI header object of a response that may set `cookies`.

    For `responses={200: {"headers": set_cookie_header(...)}}`.
    """
    lines = [f"`{cookie.name}=…;{cookie.attributes}`: {cookie.purpose}" for cookie in cookies]
    return {"Set-Cookie": {"description": "\n\n".join(lines), "schema": {"type": "string"}}}
