"""The header Cookie, as the client sent it.

Starlette strips U+00A0 and U+0085 from names, so a sibling subdomain's cookie would
pass for one whose name starts with `__Host-`.
"""

from fastapi.requests import HTTPConnection

from app.kit.caching import vary_on_cookie


def read_raw(connection: HTTPConnection, name: str) -> str | None:
    """Return the value of the cookie `name`, undecoded.

    None if there is none, or if there are several with different values.
    """
    wanted = name.encode("ascii")
    values = {value for found, value in pairs(connection) if found == wanted}
    return values.pop().decode("latin-1") if len(values) == 1 else None


def pairs(connection: HTTPConnection) -> list[tuple[bytes, bytes]]:
    """Return the names and values of all cookies that came with this request."""
    vary_on_cookie(connection)
    found: list[tuple[bytes, bytes]] = []
    for header, content in connection.scope["headers"]:
        if header != b"cookie":
            continue
        # HTTP/2 may send several Cookie headers (RFC 9113, section 8.2.3).
        for pair in content.split(b";"):
            name, equals, value = pair.strip(b" \t").partition(b"=")
            if equals:  # without, it is a value that has no name
                found.append((name, value))
    return found
