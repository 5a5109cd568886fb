# Moved to tests/kit/test_filtered.py.
