# Moved to tests/kit/test_plain_http.py.
