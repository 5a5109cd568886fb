# Moved to app/kit/sessions/sql.py.
