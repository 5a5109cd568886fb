"""A client that stores and sends cookies as a browser does.

TestClient stores what a browser refuses: it checks no prefix, no SameSite, no size.
This client fails the test instead. Its rules are those of RFC 10025, section 5, as in
Chromium. It shares no code with `app/kit/browser_rules.py` on purpose, so that each
checks the other.
"""

import re
import time
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy, http2time  # type: ignore[attr-defined]
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Request, Response

Key = tuple[str, str, str, bool]


class CookieRefusedError(AssertionError):
    """A browser would drop this cookie."""


@dataclass(frozen=True)
class StoredCookie:
    name: str
    value: str
    attributes: dict[str, str]
    """Those that count, by their names in lower case. `path` is always there."""

    @property
    def key(self) -> Key:
        found = self.attributes
        return self.name, found.get("domain", ""), found["path"], "partitioned" in found

    @property
    def is_deletion(self) -> bool:
        max_age = self.attributes.get("max-age", "")
        if re.fullmatch(r"-?\d+", max_age):
            return int(max_age) <= 0
        expires = http2time(self.attributes.get("expires", ""))
        return expires is not None and expires <= time.time()


class Browser(TestClient):
    """A TestClient with the cookie rules of a browser. Redirects are not followed."""

    def __init__(
        self, app: FastAPI, origin: str = "https://app.example", **options: Any
    ) -> None:
        super().__init__(app, base_url=origin, follow_redirects=False, **options)
        self._made_of: tuple[FastAPI, str, dict[str, Any]] = app, origin, options
        # What httpx would keep by its own rules, this class keeps by a browser's.
        self.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.stored: dict[Key, StoredCookie] = {}

    def another(self) -> "Browser":
        """Return another visitor's browser, which runs the same app."""
        app, origin, options = self._made_of
        other = Browser(app, origin, **options)
        other.portal = self.portal
        return other

    def send(self, request: Request, **options: Any) -> Response:
        """Send what any method requests, streams and handshakes of WebSockets, too."""
        pairs = [
            f"{each.name}={each.value}".lstrip("=") for each in self._matching(request)
        ]
        if pairs:
            request.headers.setdefault("Cookie", "; ".join(pairs))
        response = super().send(request, **options)
        if response.status_code == 400 and request.headers["Host"] == "app.example":
            # What Starlette's TrustedHostMiddleware answers.
            assert (
                response.is_stream_consumed is False
                or response.text != "Invalid host header"
            ), (
                "the app does not serve app.example: in tests/conftest.py write "
                "Browser(app, 'https://HOST'), with one that TrustedHostMiddleware "
                "allows"
            )
        for cookie in self.received(response):
            self.stored.pop(cookie.key, None)
            if not cookie.is_deletion:
                self.stored[cookie.key] = cookie
        return response

    def received(self, response: Response) -> list[StoredCookie]:
        """Return the cookies that `response` sets.

        Raises:
            CookieRefusedError: a browser would refuse one, or gets one twice.
        """
        origin = urlsplit(str(response.request.url))
        cookies = [
            parse(header, origin) for header in response.headers.get_list("set-cookie")
        ]
        keys = [cookie.key for cookie in cookies]
        refuse(len(keys) != len(set(keys)), f"one cookie twice in a response: {keys}")
        return cookies

    def value(self, name: str) -> str | None:
        """Return what is stored under `name`."""
        return next(
            (kept.value for kept in self.stored.values() if kept.name == name), None
        )

    def document_cookie(self) -> dict[str, str]:
        """Return what a script in the page can read."""
        return {
            cookie.name: cookie.value
            for cookie in self.stored.values()
            if "httponly" not in cookie.attributes
        }

    def _matching(self, request: Request) -> list[StoredCookie]:
        path = urlsplit(str(request.url)).path or "/"
        return [
            cookie
            for cookie in self.stored.values()
            if path == cookie.attributes["path"]
            or path.startswith(cookie.attributes["path"].rstrip("/") + "/")
        ]


def parse(set_cookie: str, url: Any) -> StoredCookie:
    """Return the cookie as a browser stores it, from a response of `url`.

    Raises CookieRefusedError if a browser drops it.
    """
    pair, *parts = set_cookie.split(";")
    name, equals, value = (each.strip(" \t") for each in pair.partition("="))
    if not equals:
        name, value = "", name
    control = re.search(r"[\x00-\x08\x0a-\x1f\x7f]", set_cookie)
    refuse(control is not None or "\t" in name + value, "a control character")
    refuse(not name + value, "neither a name nor a value")
    refuse(
        len((name + value).encode()) > 4096, "name and value of more than 4096 bytes"
    )

    attributes: dict[str, str] = {}
    for part in parts:
        key, _, content = (each.strip(" \t") for each in part.partition("="))
        if key and len(content.encode()) <= 1024:
            attributes[key.lower()] = content

    host, domain = str(url.hostname), attributes.pop("domain", "").lower()
    if domain:
        domain = domain.removeprefix(".")
        if "." in domain and not re.fullmatch(r"[\d.]+", host):
            attributes["domain"] = domain
        is_parent = "domain" in attributes and host.endswith(f".{domain}")
        why = f"Domain {domain!r} is another site's; is it yours, Browser(app, 'https://{domain}')"
        refuse(domain != host and not is_parent, why)
    if not attributes.get("path", "").startswith("/"):
        attributes["path"] = url.path.rpartition("/")[0] or "/"

    secure, prefix = "secure" in attributes, (name or value).lower()
    trusted = url.scheme == "https" or host in {"localhost", "127.0.0.1"}
    refuse(secure and not trusted, "Secure over plain HTTP")
    samesite = attributes.get("samesite", "").lower()
    refuse(samesite == "none" and not secure, "SameSite=None without Secure")
    refuse("partitioned" in attributes and not secure, "Partitioned without Secure")
    refuse(
        prefix.startswith(("__secure-", "__host-", "__http-"))
        and not (name and secure),
        f"prefix of {name!r} without Secure, or without a name",
    )
    refuse(
        prefix.startswith("__host-") and (domain != "" or attributes["path"] != "/"),
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
