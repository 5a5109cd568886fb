# Moved to app/kit/origin.py. Delete this file once nothing imports it.
from app.kit import origin
from app.kit.origin import SAFE_METHODS as SAFE_METHODS

CrossOriginProtection = origin.with_cross_origin_protection
