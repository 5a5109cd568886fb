# Moved to app/kit/sessions/sqlite.py.
