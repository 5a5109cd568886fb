# Moved to app/kit/csrf.py. Delete this file once nothing imports it.
from app.kit.csrf import SAFE_METHODS as SAFE_METHODS
from app.kit.csrf import with_cross_origin_protection as with_cross_origin_protection
