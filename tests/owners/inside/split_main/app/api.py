"""What the app serves."""

from fastapi import FastAPI

from app.routes import routers


def add_routes(app: FastAPI) -> None:
    for router in routers:
        app.include_router(router)
