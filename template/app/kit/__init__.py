"""Cookies, declared once and protected; `copier update` keeps this package up to date.

You need not read or edit it. What your code uses is in this module.
"""

from app.kit.caching import make_personal, vary_on_cookie
from app.kit.cookie import DAY, DECLARED, Cookie, Place
from app.kit.errors import InputWithheldError
from app.kit.filtered import filtered
from app.kit.openapi import set_cookie_header
from app.kit.project import PROJECT
from app.kit.protect import protect
from app.kit.settings import KitSettings, load, normalized_origin, read_json

__all__ = [
    "DAY",
    "DECLARED",
    "PROJECT",
    "Cookie",
    "InputWithheldError",
    "KitSettings",
    "Place",
    "filtered",
    "load",
    "make_personal",
    "normalized_origin",
    "protect",
    "read_json",
    "set_cookie_header",
    "vary_on_cookie",
]
