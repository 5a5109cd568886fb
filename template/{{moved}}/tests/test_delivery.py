# Moved to tests/kit/test_delivery.py.
