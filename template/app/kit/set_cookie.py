"""The header Set-Cookie, as browsers read it."""

from app.kit.request import Header, Shared


def sets_cookie(header: Header) -> bool:
    """Return whether this header is Set-Cookie."""
    return header[0].lower() == b"set-cookie"


def identity(set_cookie: Header) -> tuple[bytes, bytes, bytes, bool]:
    """Return what a browser tells cookies apart by: name, domain, path, partition.

    That is RFC 10025, section 5.7, and CHIPS.
    """
    pair, *attributes = set_cookie[1].split(b";")
    found: dict[bytes, bytes] = {}
    for attribute in attributes:
        name, _, value = attribute.partition(b"=")
        found[name.strip().lower()] = value.strip()
    return (
        pair.partition(b"=")[0].strip(),
        found.get(b"domain", b"").lower().removeprefix(b"."),
        found.get(b"path", b""),
        b"partitioned" in found,
    )


def last_of_each_cookie(_: Shared, __: int, headers: list[Header]) -> list[Header]:
    """Drop each Set-Cookie that a later one replaces (RFC 10025, section 4.1.1)."""
    if b"set-cookie" not in dict(headers):
        return headers
    cookies = [header for header in headers if header[0] == b"set-cookie"]
    others = [header for header in headers if header[0] != b"set-cookie"]
    last = {identity(header): header for header in cookies}
    return [*others, *last.values()]
