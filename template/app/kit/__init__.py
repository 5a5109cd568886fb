"""Cookies, declared once and protected: the names that your code uses.

`copier update` keeps this package up to date.
"""

from app.kit.accept_language import best_language as best_language
from app.kit.browser_rules import DAY as DAY
from app.kit.browser_rules import Place as Place
from app.kit.caching import make_personal as make_personal
from app.kit.caching import vary_on_cookie as vary_on_cookie
from app.kit.cookie import DECLARED as DECLARED
from app.kit.cookie import Cookie as Cookie
from app.kit.errors import InputWithheldError as InputWithheldError
from app.kit.filtered import filtered as filtered
from app.kit.inventory import KeptCookie as KeptCookie
from app.kit.inventory import cookie_inventory as cookie_inventory
from app.kit.openapi import add_docs as add_docs
from app.kit.openapi import set_cookie_header as set_cookie_header
from app.kit.project import PROJECT as PROJECT
from app.kit.protect import protect as protect
from app.kit.security_headers import content_security_policy as content_security_policy
from app.kit.settings import KitSettings as KitSettings
from app.kit.settings import current_settings as current_settings
from app.kit.settings import dotenv_line as dotenv_line
from app.kit.settings import load as load
from app.kit.settings import read_json as read_json
