# Moved to app/kit/security_headers.py, header_limit.py and allow.py.
# Delete this file once nothing imports it.
from app.kit.allow import complete_allow as complete_allow
from app.kit.header_limit import with_header_limit as with_header_limit
from app.kit.security_headers import CSP as CSP
from app.kit.security_headers import HEADERS as HEADERS
from app.kit.security_headers import HSTS as HSTS
from app.kit.security_headers import content_security_policy as content_security_policy
from app.kit.security_headers import security_headers as security_headers
