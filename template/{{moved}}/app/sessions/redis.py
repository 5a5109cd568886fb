# Moved to app/kit/sessions/redis.py.
