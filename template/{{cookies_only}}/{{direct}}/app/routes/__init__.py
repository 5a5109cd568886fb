"""The path operations. Each returns a Response on which it set its cookies.

A path operation builds a Response (JSONResponse, RedirectResponse, …), sets cookies on it and
returns it. FastAPI sends it as it is: no response model filters it and nothing makes its data
JSON-compatible, so every route passes its data through `filtered`. See docs/cookies.md.
"""

from app.routes import (
    example,
    health,
    preferences,
    welcome,
)

routers = (
    example.router,
    welcome.router,
    preferences.router,
    health.router,
)
