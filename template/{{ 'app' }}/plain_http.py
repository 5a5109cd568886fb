# Moved to app/kit/plain_http.py. Delete this file once nothing imports it.
from app.kit.plain_http import CookiesOverHTTP as CookiesOverHTTP
