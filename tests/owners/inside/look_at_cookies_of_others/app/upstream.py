from collections.abc import MutableMapping
from http.cookiejar import Cookie, CookieJar

REDACTED = {"cookie", "set-cookie"}
MASKED = {
    "set-cookie": "***",  # no response
}


def read(headers: MutableMapping[str, str], jar: CookieJar, cookie: Cookie) -> list[str]:
    jar.set_cookie(cookie)
    if "set-cookie" in headers:
        REDACTED.add("set-cookie")
    return [headers.pop("set-cookie", ""), headers.get("Set-Cookie", ""), headers["set-cookie"]]
