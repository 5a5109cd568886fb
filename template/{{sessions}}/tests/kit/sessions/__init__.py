"""The tests of sessions. They run an app, users and a cookie of their own: see `example.py`."""
