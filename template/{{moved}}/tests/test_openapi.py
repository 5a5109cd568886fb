# Moved to tests/kit/test_openapi.py.
