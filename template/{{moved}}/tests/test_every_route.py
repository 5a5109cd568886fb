# Moved to tests/test_app.py.
