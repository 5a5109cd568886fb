# Moved to app/kit/plain_http.py. Delete this file once nothing imports it.
from app.kit import plain_http

CookiesOverHTTP = plain_http.with_cookies_over_http
