# Moved to app/kit/origin.py. Delete this file once nothing imports it.
from app.kit.origin import SAFE_METHODS as SAFE_METHODS
from app.kit.origin import CrossOriginProtection as CrossOriginProtection
