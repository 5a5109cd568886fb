"""A page that its own Content-Security-Policy leaves dead fails a test of its owner's."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app.kit import KitSettings, protect
from tests.kit import checks
from tests.kit.browser import Browser

CDN = '<script src="https://unpkg.com/htmx.org@2"></script>'
INLINE = "<script>alert(1)</script>"
HASH = "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI="


def app_with(csp: dict[str, str] = {}) -> FastAPI:  # noqa: B006
    app = FastAPI(docs_url=None, redoc_url=None)
    protect(app, KitSettings(), csp=csp)
    return app


def look_at(html: str, csp: dict[str, str] = {}) -> None:  # noqa: B006
    app = app_with(csp)
    app.get("/page", response_class=HTMLResponse)(lambda: html)
    checks.assert_cookies_are_declared(app, Browser(app))


BLOCKED = {
    CDN: "'script-src': \"'self' https://unpkg.com\"",
    INLINE: f"'self' '{HASH}'",
    "<script type=module>alert(1)</script>": "line 1: <script> in the page (script-src)",
    "<style>a {}</style>": "line 1: <style> in the page (style-src)",
    "<p>\n<p style='color: red'>": "line 2: <p style=…> (style-src)",
    "<button onclick=buy()>": "line 1: <button onclick=…> (script-src)",
    "<iframe src=https://maps.example/a>": "{'frame-src': 'https://maps.example'}",
    "<link rel=stylesheet href=//cdn.example/a.css>": "'self' https://cdn.example",
    "<img src=https://images.example/a.png>": "'self' data: https://images.example",
    "<form action=https://pay.example/>": "'self' https://pay.example",
    "<base href=/shop/>": "<base> loads /shop/ (base-uri)",
    "<object data=a.pdf>": "<object> loads a.pdf (object-src)",
}
RUNS = {
    '<script src="a.js"></script><link rel="stylesheet" href="/a.css"><img src="data:,">': {},
    '<script type="application/json">{}</script><form><button style="">': {},
    f"<template>{INLINE}<p onclick=a()></template><noscript><img src=https://a.example/>": {},
    f"<!-- {INLINE} --><a href=https://elsewhere.example/>": {},
    f"{INLINE}<p onclick=a()>": {"script-src": "'unsafe-inline'"},
    INLINE: {"script-src": f"'self' '{HASH}'"},
    "<script nonce=n>alert(1)</script><script nonce=n src=https://a.example/></script>": {
        "script-src": "'nonce-n' 'strict-dynamic'"
    },
    CDN: {"script-src": "https://unpkg.com/htmx.org@2"},
    CDN.replace("unpkg", "a.unpkg"): {"script-src": "*.unpkg.com:443"},
    CDN.replace("htmx", "a/htmx"): {"script-src": "unpkg.com/a/"},
    f"{CDN} ": {"script-src": "https:"},
    f"{CDN}  ": {"script-src": ""} | {"default-src": "*"},
    f"{CDN}{INLINE}": {"script-src": "", "default-src": ""},
}


@pytest.mark.parametrize(("html", "told"), BLOCKED.items())
def test_what_the_policy_blocks_is_named_with_what_to_write(html: str, told: str) -> None:
    with pytest.raises(AssertionError, match="Content-Security-Policy of /page blocks") as found:
        look_at(html)
    assert told in str(found.value)


@pytest.mark.parametrize(("html", "csp"), RUNS.items())
def test_what_runs_is_no_false_alarm(html: str, csp: dict[str, str]) -> None:
    look_at(html, csp)


def test_a_nonce_or_a_hash_turns_unsafe_inline_off() -> None:
    with pytest.raises(AssertionError, match="<script> in the page"):
        look_at(INLINE, {"script-src": "'unsafe-inline' 'nonce-n'"})
    with pytest.raises(AssertionError, match="loads https://unpkg.com"):
        look_at(CDN, {"script-src": "https: 'strict-dynamic' 'nonce-n'"})


def test_every_page_in_a_folder_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    page = tmp_path / "deep" / "page.html"
    page.write_text(CDN)
    (tmp_path / "index.html").write_text("fine")
    served, mounted, inside, outer = (app_with() for _ in range(4))
    served.frontend("/", directory=tmp_path)
    mounted.mount("/static", StaticFiles(directory=tmp_path))
    inside.frontend("/", directory=tmp_path)
    outer.mount("/inside", inside)
    for app, path in ((served, ""), (mounted, "/static"), (outer, "")):
        with pytest.raises(AssertionError, match=f"of {path}/deep/page.html blocks"):
            checks.assert_protected(app)
    page.write_text('<script src="htmx.js"></script>')
    checks.assert_protected(served)


def test_json_that_holds_a_page_is_not_looked_at() -> None:
    app = app_with()
    app.get("/page")(lambda: INLINE)
    checks.assert_cookies_are_declared(app, Browser(app))
