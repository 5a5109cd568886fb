# Moved to tests/kit/browser.py. Delete this file once nothing imports it.
from tests.kit.browser import Browser as Browser
from tests.kit.browser import CookieRefusedError as CookieRefusedError
from tests.kit.browser import StoredCookie as StoredCookie
