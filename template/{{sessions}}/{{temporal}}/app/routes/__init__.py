"""The path operations. They set cookies on the temporal `response: Response`.

A path operation declares `response: Response`, sets cookies, headers and the status code on it,
and returns a model. FastAPI filters that by the return type, or by `response_model` where it is
another one, and sends it with what the temporal response holds. See docs/cookies.md.
"""

from app.routes import (
    cookies,
    example,
    health,
    preferences,
    session,
    sessions,
    welcome,
)

routers = (
    example.router,
    welcome.router,
    preferences.router,
    cookies.router,
    session.router,
    sessions.router,
    health.router,
)
