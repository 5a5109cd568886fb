# Moved to tests/kit/test_origin.py.
