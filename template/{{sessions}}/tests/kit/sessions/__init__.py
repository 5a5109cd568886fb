"""The tests of sessions. They have their own app, users and cookie: `example.py`."""
