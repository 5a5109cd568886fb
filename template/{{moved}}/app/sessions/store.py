# Moved to app/kit/sessions/store.py and engines.py.
