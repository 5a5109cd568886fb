# Moved to app/kit/sessions/dependencies.py.
