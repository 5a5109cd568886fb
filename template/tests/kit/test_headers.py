"""Security headers are on every answer, and one line loosens one."""

import pytest
from fastapi import FastAPI, HTTPException, Response

from app.kit import KitSettings, add_docs, content_security_policy, protect
from tests.kit.browser import Browser

PATHS = ("/", "/nowhere", "/refused", "/422?number=x", "/fail")


def make_app(settings: KitSettings | None = None, **options: dict[str, str]) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    protect(app, settings or KitSettings(), **options)
    app.get("/")(lambda: 1)

    @app.get("/refused")
    async def refuse() -> None:
        raise HTTPException(403)

    @app.get("/422")
    async def validate(number: int) -> None: ...

    @app.get("/fail")
    async def fail() -> None:
        raise RuntimeError

    return app


def browser_of(app: FastAPI, origin: str = "https://app.example") -> Browser:
    return Browser(app, origin, raise_server_exceptions=False)


@pytest.mark.parametrize("path", PATHS)
def test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages(
    path: str,
) -> None:
    headers = browser_of(make_app()).get(path).headers
    policy = dict(
        each.split(" ", 1) for each in headers["content-security-policy"].split("; ")
    )
    for name in ("default-src", "frame-ancestors", "base-uri"):
        assert policy.pop(name) == "'none'"
    kinds = ("script", "style", "img", "font", "connect", "media", "worker", "manifest")
    assert policy.keys() == {"form-action", *(f"{kind}-src" for kind in kinds)}
    for name, sources in policy.items():
        expected = "'self' data:" if name in {"img-src", "font-src"} else "'self'"
        assert sources == expected, name
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb"):
        assert f"{feature}=()" in headers["permissions-policy"]


@pytest.mark.parametrize("env", ["production", "development"])
def test_v3_4_1_browsers_are_held_to_https_in_production(env: str) -> None:
    app = make_app(KitSettings.model_validate({"fastapi_env": env}))
    for origin in ("https://app.example", "http://localhost"):
        is_due = env == "production" and origin.startswith("https")
        for path in PATHS:
            sent = (
                browser_of(app, origin)
                .get(path)
                .headers.get("strict-transport-security")
            )
            assert sent == ("max-age=63072000" if is_due else None)


def test_one_line_loosens_a_header_for_the_app_or_for_a_route() -> None:
    app = make_app(headers={"Referrer-Policy": "no-referrer", "Permissions-Policy": ""})

    @app.get("/map")
    async def show_map(response: Response) -> None:
        policy = content_security_policy({"img-src": "https://tiles.example"})
        response.headers["Content-Security-Policy"] = policy

    browser = browser_of(app)
    assert browser.get("/").headers["referrer-policy"] == "no-referrer"
    assert "permissions-policy" not in browser.get("/").headers
    [policy] = browser.get("/map").headers.get_list("content-security-policy")
    assert "img-src https://tiles.example;" in policy
    assert "default-src 'none'" in policy
    changed = {"frame-ancestors": "https://shop.example", "worker-src": ""}
    policy = (
        browser_of(make_app(csp=changed)).get("/").headers["content-security-policy"]
    )
    assert "frame-ancestors https://shop.example" in policy
    assert "worker-src" not in policy


def test_headers_without_end_are_refused_before_anything_reads_them() -> None:
    app = make_app(KitSettings(max_header_size=1000))
    browser = browser_of(app)
    refusal = browser.get("/nowhere", headers={"Cookie": "a=1;" * 1000})
    assert (refusal.status_code, refusal.json()) == (
        431,
        {"detail": "The headers, cookies among them, take more than 1000 bytes."},
    )
    assert refusal.headers["x-content-type-options"] == "nosniff"
    assert browser.get("/", headers={"Cookie": "a=1;" * 100}).status_code == 200
    # By default 64 KiB, of all headers together.
    answers = [
        browser_of(make_app()).get("/", headers={"X": "x" * n}) for n in (60_000, 2**16)
    ]
    assert [each.status_code for each in answers] == [200, 431]


@pytest.mark.parametrize(
    ("env", "docs"), [("development", False), ("production", True)]
)
def test_the_documentation_loads_nothing_from_elsewhere(env: str, docs: bool) -> None:
    settings = KitSettings.model_validate({"fastapi_env": env, "docs": docs})
    app = make_app(settings)
    add_docs(app, settings)
    browser = browser_of(app)
    page = browser.get("/docs/")
    assert page.status_code == 200
    assert "//" not in page.text
    for file in (
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "page.js",
        "favicon-32x32.png",
    ):
        assert f'"{file}"' in page.text
        assert browser.get(f"/docs/{file}").status_code == 200
    assert browser.get("/docs/openapi.json").headers["location"] == "/openapi.json"


def test_the_documentation_is_not_in_production_unless_asked_for() -> None:
    app = make_app()
    add_docs(app, KitSettings())
    assert [browser_of(app).get(path).status_code for path in ("/docs", "/docs/")] == [
        404,
        404,
    ]
