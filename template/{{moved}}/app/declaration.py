# Moved to app/kit/cookie.py and app/kit/openapi.py. Delete this file once nothing imports it.
from app.kit import DAY as DAY
from app.kit import DECLARED as DECLARED
from app.kit import Cookie as Cookie
from app.kit import set_cookie_header as set_cookie_header
