# Moved to app/kit/csrf.py. Delete this file once nothing imports it.
from app.kit import csrf
from app.kit.csrf import SAFE_METHODS as SAFE_METHODS

CrossOriginProtection = csrf.with_cross_origin_protection
