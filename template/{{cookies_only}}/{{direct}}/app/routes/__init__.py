"""The path operations. Each returns a Response on which it set its cookies.

A path operation builds a Response, sets cookies on it and returns it. FastAPI sends it as it is and
filters nothing: pass data through `filtered`, which also makes it JSON. See docs/cookies.md.
"""

from app.routes import (
    cookies,
    example,
    health,
    preferences,
    welcome,
)

routers = (
    example.router,
    welcome.router,
    preferences.router,
    cookies.router,
    health.router,
)
