# Moved to app/kit/sessions/postgresql.py.
