"""A client that takes and sends cookies as a browser does.

TestClient takes what a browser refuses: it checks no prefix, no SameSite, no size. This one
fails the test that receives such a cookie. The rules are those of RFC 10025, sections 4.1 and
5.4 to 5.7; it is written apart from `app/kit/cookie.py` on purpose, so that one checks the other.
"""

import re
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

FLAGS = {"httponly", "partitioned", "secure"}
ATTRIBUTES = FLAGS | {"domain", "expires", "max-age", "path", "samesite"}


class CookieRefusedError(AssertionError):
    """A browser would drop this cookie, or keep something else than was meant."""


@dataclass(frozen=True)
class StoredCookie:
    name: str
    value: str
    attributes: dict[str, str]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name, self.attributes.get("domain", ""), self.attributes["path"]

    @property
    def is_deletion(self) -> bool:
        return self.attributes.get("max-age") == "0"


class Browser(TestClient):
    """A TestClient with the cookie rules of a browser. Redirects are not followed."""

    def __init__(self, app: FastAPI, origin: str = "https://app.example", **options: Any) -> None:
        super().__init__(app, base_url=origin, follow_redirects=False, **options)
        self._made_of: tuple[FastAPI, str, dict[str, Any]] = app, origin, options
        # What httpx would keep by its own rules, this class keeps by a browser's.
        self.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.stored: dict[tuple[str, str, str], StoredCookie] = {}

    def another(self) -> "Browser":
        """Return another visitor's browser, which runs the same app."""
        app, origin, options = self._made_of
        other = Browser(app, origin, **options)
        other.portal = self.portal
        return other

    def request(self, method: str, url: Any, **options: Any) -> Response:
        response = super().request(method, url, **self._with_cookies(url, options))
        for cookie in self.received(response):
            self.stored.pop(cookie.key, None)
            if not cookie.is_deletion:
                self.stored[cookie.key] = cookie
        return response

    def websocket_connect(self, url: str, *arguments: Any, **options: Any) -> Any:
        return super().websocket_connect(url, *arguments, **self._with_cookies(url, options))

    def received(self, response: Response) -> list[StoredCookie]:
        """Return the cookies that `response` sets.

        Raises:
            CookieRefusedError: a browser would refuse one.
        """
        origin = urlsplit(str(self.base_url))
        cookies = [parse(header, origin) for header in response.headers.get_list("set-cookie")]
        names = [cookie.name for cookie in cookies]
        refuse(len(names) != len(set(names)), f"one name twice in a response: {names}")
        return cookies

    def value(self, name: str) -> str | None:
        """Return what is stored under `name`."""
        return next((kept.value for kept in self.stored.values() if kept.name == name), None)

    def document_cookie(self) -> dict[str, str]:
        """Return what a script in the page can read."""
        return {
            cookie.name: cookie.value
            for cookie in self.stored.values()
            if "httponly" not in cookie.attributes
        }

    def _with_cookies(self, url: Any, options: dict[str, Any]) -> dict[str, Any]:
        headers = dict(options.get("headers") or {})
        pairs = [f"{cookie.name}={cookie.value}" for cookie in self._matching(str(url))]
        return options | {"headers": {"Cookie": "; ".join(pairs)} | headers if pairs else headers}

    def _matching(self, url: str) -> list[StoredCookie]:
        path = urlsplit(url).path or "/"
        return [
            cookie
            for cookie in self.stored.values()
            if path == cookie.attributes["path"]
            or path.startswith(cookie.attributes["path"].rstrip("/") + "/")
        ]


def parse(set_cookie: str, origin: Any) -> StoredCookie:
    """Return the cookie that a browser at `origin` stores.

    Raises:
        CookieRefusedError: the browser would drop it, or an attribute of it.
    """
    pair, *parts = set_cookie.split(";")
    name, equals, value = pair.partition("=")
    refuse(re.search(r"[\x00-\x1f\x7f]", set_cookie) is not None, "a control character")
    refuse(not equals, "no name")
    refuse(not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name), f"name {name!r} is no token")
    refuse(
        not re.fullmatch(r"[!#-+\--:<-\[\]-~]*", value),
        "a quote, comma, space, backslash or non-ASCII character in the value",
    )
    refuse(len(name) + len(value) > 4096, "name and value of more than 4096 bytes")

    attributes: dict[str, str] = {}
    for part in parts:
        key, _, content = part.strip().partition("=")
        key = key.lower()
        refuse(key not in ATTRIBUTES, f"unknown attribute {key!r}")
        refuse(key in attributes, f"attribute {key!r} twice")
        refuse(key in FLAGS and "=" in part, f"attribute {key!r} with a value")
        refuse(not content.isascii() or len(content) > 1024, f"attribute {key!r} is ignored")
        attributes[key] = content

    lifetime = attributes.get("max-age", "0")
    refuse(not lifetime.isdigit() or int(lifetime) > 400 * 86400, f"Max-Age {lifetime!r}")
    refuse(not attributes.get("path", "").startswith("/"), "no Path, or a relative one")
    samesite = attributes.get("samesite", "").lower()
    refuse(samesite not in {"lax", "strict", "none"}, f"SameSite {samesite!r}")
    domain = attributes.get("domain")
    refuse(
        domain is not None and not f".{origin.hostname}".endswith(f".{domain}"),
        f"Domain {domain!r} is another site's",
    )

    secure, prefix = "secure" in attributes, name.lower()
    refuse(secure and origin.scheme != "https", "Secure over plain HTTP")
    refuse(samesite == "none" and not secure, "SameSite=None without Secure")
    refuse("partitioned" in attributes and not secure, "Partitioned without Secure")
    refuse(
        prefix.startswith(("__secure-", "__host-", "__http-")) and not secure,
        f"prefix of {name!r} without Secure",
    )
    refuse(
        prefix.startswith("__host-") and (domain is not None or attributes["path"] != "/"),
        f"prefix of {name!r} with a Domain or a Path other than /",
    )
    refuse(
        prefix.startswith(("__http-", "__host-http-")) and "httponly" not in attributes,
        f"prefix of {name!r} without HttpOnly",
    )
    return StoredCookie(name, value, attributes)


def refuse(broken: bool, why: str) -> None:
    if broken:
        raise CookieRefusedError(f"A browser refuses this cookie: {why}.")
