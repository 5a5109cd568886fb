"""Ask this project's `Browser` what it keeps of Set-Cookie headers, and `Cookie` what it sets.

Reads JSON from stdin and writes JSON to stdout.
"""

import json
import sys
from contextlib import suppress
from typing import Any
from unittest.mock import patch

from app.kit import Cookie
from app.kit.cookie import DECLARED
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Request, Response
from starlette.responses import Response as Answer
from tests.kit.browser import Browser, CookieRefusedError


def kept(origin: str, responses: list[list[str]]) -> list[dict[str, Any]]:
    """Return what a `Browser` keeps of these Set-Cookie headers of some responses."""
    browser = Browser(FastAPI(), origin)
    for headers in responses:
        raw = [(b"set-cookie", header.encode("latin-1")) for header in headers]
        response = Response(200, headers=raw, request=Request("GET", f"{origin}/row/1"))
        # TestClient itself fails where a header is not ASCII.
        with patch.object(TestClient, "send", return_value=response):
            with suppress(CookieRefusedError):
                browser.get("/row/1")
    cookies = []
    for each in browser.stored.values():
        found = each.attributes
        samesite = found.get("samesite", "").lower()
        domain = found.get("domain")
        cookies.append(
            {
                "name": each.name,
                "value": each.value,
                "domain": f".{domain}" if domain else "",
                "path": found["path"],
                "secure": "secure" in found,
                "httponly": "httponly" in found,
                "samesite": samesite if samesite in {"lax", "strict", "none"} else "",
                "partitioned": "partitioned" in found,
            }
        )
    return cookies


def declared(options: dict[str, Any]) -> tuple[str, str]:
    """Return the header of a cookie that is declared so, and why that is refused."""
    options = {"name": "a", "holds": str, "purpose": "Tested here.", **options}
    value = options.pop("value", "1")
    complaint = ""
    DECLARED.clear()
    try:
        cookie = Cookie(**options)
    except ValueError as refusal:
        complaint = str(refusal)
        # What would be sent if it were not refused.
        with patch.object(Cookie, "_complaints", lambda _: iter(())):
            cookie = Cookie(**options)
    response = Answer()
    try:
        cookie.set(response, value)
    except ValueError as refusal:
        complaint = complaint or str(refusal)
    return f"{cookie.name}={value};{cookie.attributes}", complaint


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    answers = {
        "kept": [kept(*each) for each in asked.get("headers", [])],
        "declared": [declared(each) for each in asked.get("declarations", [])],
    }
    json.dump(answers, sys.stdout)
