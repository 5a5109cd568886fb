# Moved to tests/kit/test_cookie.py.
