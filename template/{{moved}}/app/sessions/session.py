# Moved to app/kit/sessions/session.py.
