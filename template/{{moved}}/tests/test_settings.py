# Moved to tests/kit/test_settings.py.
