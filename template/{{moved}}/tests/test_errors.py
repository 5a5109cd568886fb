# Moved to tests/kit/test_errors.py.
