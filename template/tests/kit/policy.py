"""What a page's own Content-Security-Policy blocks; only browsers' consoles say so.

The rules are those of CSP Level 3, for what is in the HTML. What a script adds later
and what a style sheet loads is not seen. In doubt, nothing is reported.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles

from tests.kit.browser import Browser

Directives = dict[str, list[str]]
Attributes = dict[str, str]

# What loads, by element and attribute, and the directive that says from where.
LOADS = {
    ("script", "src"): "script-src",
    ("img", "src"): "img-src",
    ("video", "poster"): "img-src",
    ("video", "src"): "media-src",
    ("audio", "src"): "media-src",
    ("track", "src"): "media-src",
    ("iframe", "src"): "frame-src",
    ("embed", "src"): "object-src",
    ("object", "data"): "object-src",
    ("form", "action"): "form-action",
    ("base", "href"): "base-uri",
}
LINKS = {
    "stylesheet": "style-src",
    "icon": "img-src",
    "manifest": "manifest-src",
    "modulepreload": "script-src",
}
# Which says it where that is missing; then `default-src`, but for the last two of
# LOADS.
INSTEAD = {"frame-src": ["child-src"]}
SCRIPTS = re.compile(
    r"|module|importmap|(text|application)/(x-)?(java|ecma)script", re.IGNORECASE
)
INERT = {"template", "noscript"}  # nothing in them loads or runs where scripts do


def assert_pages_run(app: FastAPI) -> None:
    """Fail if the policy of `app` blocks a part of a page in the folders it serves."""
    browser = Browser(app, raise_server_exceptions=False)
    # Nothing public lists what `app.frontend` serves. What `router.frontend` serves is
    # not found here.
    folders = getattr(app.router, "_low_priority_routes", ())
    for path in dict.fromkeys(["/", *pages([*app.routes, *folders])]):
        page = browser.get(path, headers={"Accept": "text/html"})
        assert_page_runs(page, page.text)


def pages(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[str]:
    """Return the paths of pages in folders. Apps inside are checked on their own."""
    for route in iter_route_contexts(routes):
        path = prefix + (route.path or "").rstrip("/")
        app = getattr(route, "app", None)
        for folder in app.all_directories if isinstance(app, StaticFiles) else ():
            for file in sorted(Path(folder).rglob("*.html")):
                if "node_modules" not in file.parts:
                    yield f"{path}/{file.relative_to(folder).as_posix()}"
        if not isinstance(app, FastAPI):
            yield from pages(getattr(route.original_route, "routes", None) or (), path)


def assert_page_runs(page: Response, text: str) -> None:
    """Fail where `text`, the page or its start, holds what the page's policy blocks."""
    policies = ", ".join(page.headers.get_list("content-security-policy")).split(",")
    if not page.headers.get("content-type", "").startswith("text/html"):
        return
    found = dict[str, None]()  # in order, each once
    allow = Directives()
    for policy in policies:
        parser = Blocked(str(page.request.url), directives(policy))
        parser.feed(text)
        found |= dict.fromkeys(parser.found)
        allow |= parser.allow
    csp = {name: " ".join(dict.fromkeys(sources)) for name, sources in allow.items()}
    assert not found, "\n".join(
        [
            f"The Content-Security-Policy of {page.request.url.path} blocks what the "
            "page holds:",
            *found,
            "Move it into files of app/frontend"
            + (
                f", or allow it in app/main.py: protect(app, settings, csp={csp})"
                if csp
                else ""
            ),
        ]
    )


def directives(policy: str) -> Directives:
    words = [each.split() for each in policy.split(";")]
    found = Directives()
    for name, *sources in filter(None, words):
        found.setdefault(name.lower(), sources)  # the first counts
    return found


class Blocked(HTMLParser):
    """Reads a page: `found` is what a policy blocks, `allow` what would allow it."""

    def __init__(self, url: str, policy: Directives) -> None:
        super().__init__()
        self.url, self.policy = url, policy
        self.found: list[str] = []
        self.allow = Directives()
        self.inert = 0
        self.inline: tuple[str, Attributes, int] | None = None
        self.text = ""

    def sources(self, directive: str, kind: str = "") -> list[str] | None:
        """Return what the policy allows, None for everything."""
        names = [f"{directive}-{kind}", directive, *INSTEAD.get(directive, ())]
        if directive not in {"form-action", "base-uri"}:
            names.append("default-src")
        return next((self.policy[name] for name in names if name in self.policy), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inert += tag in INERT
        if self.inert:
            return
        # Of several attributes of a name, the first counts.
        attributes = {name: value or "" for name, value in reversed(attrs)}
        for name in attributes:
            if name == "style" and attributes[name].strip():
                self.look_at_attribute("style-src", tag, name, attributes[name])
            elif name.startswith("on"):
                self.look_at_attribute("script-src", tag, name, attributes[name])
            elif directive := LOADS.get((tag, name)):
                self.look_at_address(directive, tag, attributes, attributes[name])
        for rel in attributes.get("rel", "").lower().split() if tag == "link" else ():
            if rel in LINKS:
                self.look_at_address(
                    LINKS[rel], tag, attributes, attributes.get("href", "")
                )
        is_script = tag == "script" and "src" not in attributes
        if (
            is_script and SCRIPTS.fullmatch(attributes.get("type", ""))
        ) or tag == "style":
            self.inline, self.text = (tag, attributes, self.getpos()[0]), ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # "/>" ends nothing in HTML

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        self.inert = max(self.inert - (tag in INERT), 0)
        if self.inline and self.inline[0] == tag:
            _, attributes, line = self.inline
            directive = "script-src" if tag == "script" else "style-src"
            sources = self.sources(directive, "elem")
            if self.text.strip() and not allows_inline(sources, self.text, attributes):
                self.blocked(
                    directive,
                    sources,
                    line,
                    f"<{tag}> in the page",
                    hashes(self.text)[0],
                )
        self.inline = None

    def look_at_attribute(
        self, directive: str, tag: str, name: str, value: str
    ) -> None:
        sources = self.sources(directive, "attr")
        by_hash = "'unsafe-hashes'" in (sources or ()) and {*hashes(value)} & {
            *(sources or ())
        }
        if not (by_hash or allows_inline(sources, None, {})):
            self.blocked(directive, sources, self.getpos()[0], f"<{tag} {name}=…>", "")

    def look_at_address(
        self, directive: str, tag: str, attributes: Attributes, address: str
    ) -> None:
        sources = self.sources(directive, "elem")
        if sources is None or not address.strip() or "{" in address:  # a template's
            return
        try:
            url = urlsplit(urljoin(self.url, address.strip()))
        except ValueError:
            return
        trusted = [f"'nonce-{attributes.get('nonce', '')}'"]
        trusted += [f"'{each}'" for each in attributes.get("integrity", "").split()]
        if url.scheme in {"about", "blob", "javascript"} or {*trusted} & {*sources}:
            return
        page = urlsplit(self.url)
        if "'strict-dynamic'" in sources or not any(
            matches(it, url, page) for it in sources
        ):
            origin = (
                f"{url.scheme}:" if not url.netloc else f"{url.scheme}://{url.netloc}"
            )
            told = f"<{tag}> loads {address[:200]}"
            self.blocked(directive, sources, self.getpos()[0], told, origin)

    def blocked(
        self, directive: str, sources: list[str] | None, line: int, told: str, add: str
    ) -> None:
        self.found.append(f"line {line}: {told} ({directive})")
        if add:
            known = self.allow.setdefault(
                directive, [it for it in sources or () if it != "'none'"]
            )
            known.append(add)


def hashes(text: str) -> list[str]:
    digests = [
        (name, hashlib.new(name, text.encode()))
        for name in ("sha256", "sha384", "sha512")
    ]
    return [
        f"'{name}-{base64.b64encode(it.digest()).decode()}'" for name, it in digests
    ]


def allows_inline(
    sources: list[str] | None, text: str | None, attributes: Attributes
) -> bool:
    """Return whether what is in the page runs: all of it, or by its nonce or hash."""
    if sources is None:
        return True
    known = [
        each for each in sources if re.match(r"'(nonce|sha\d+)-|'strict-dynamic'", each)
    ]
    if text is not None and {
        f"'nonce-{attributes.get('nonce', '')}'",
        *hashes(text),
    } & {*sources}:
        return True
    return "'unsafe-inline'" in sources and not known


def matches(source: str, url: SplitResult, page: SplitResult) -> bool:
    """Return whether a source of a policy covers an address."""
    if source == "'self'":
        return (url.scheme, url.netloc) == (page.scheme, page.netloc)
    if source == "*":
        return url.scheme in {"http", "https", page.scheme}
    if source.endswith(":"):
        return url.scheme in {source[:-1].lower(), source[:-1].lower() + "s"}
    pattern = r"(?:([\w+.-]+)://)?(\*|(?:\*\.)?[\w.-]+)(?::(\d+|\*))?(/\S*)?"
    if not url.hostname or not (found := re.fullmatch(pattern, source)):
        return False
    scheme, host, port, path = found.groups()
    ends = host.lower().removeprefix("*")
    standard = {"http": "80", "https": "443"}
    return (
        url.scheme in {scheme or page.scheme, f"{scheme or page.scheme}s"}
        and (
            url.hostname.endswith(ends)
            if host.startswith("*")
            else url.hostname == ends
        )
        and port
        in {
            "*",
            str(url.port or standard.get(url.scheme)),
            None if not url.port else "*",
        }
        and (
            not path
            or (url.path.startswith(path) if path.endswith("/") else url.path == path)
        )
    )
