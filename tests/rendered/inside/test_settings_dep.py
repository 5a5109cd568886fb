"""The settings that an app was made with reach whatever it serves."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.routing import Mount

from app.kit import KitSettings, current_settings, protect
from tests.kit.browser import Browser


class Shop(KitSettings):
    page_size: int = 20


ShopDep = Annotated[Shop, Depends(current_settings)]


async def twice(settings: ShopDep) -> int:
    return 2 * settings.page_size


def shop(settings: Shop) -> FastAPI:
    app = FastAPI()
    protect(app, settings)

    @app.get("/size")
    async def size(settings: ShopDep, double: Annotated[int, Depends(twice)]) -> list[int]:
        return [settings.page_size, double]

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, settings: ShopDep) -> None:
        await websocket.accept()
        await websocket.send_json(settings.page_size)
        await websocket.close()

    return app


def test_each_app_has_the_settings_that_it_was_made_with() -> None:
    for size in (5, 7):
        browser = Browser(shop(Shop(page_size=size)))
        assert browser.get("/size").json() == [size, 2 * size]
        with browser.websocket_connect("/socket") as socket:
            assert socket.receive_json() == size


@pytest.mark.parametrize("is_protected", [False, True])
def test_a_mounted_app_has_its_own_or_else_those_of_the_one_around_it(is_protected: bool) -> None:
    around, inside = shop(Shop(page_size=5)), FastAPI()
    if is_protected:
        protect(inside, Shop(page_size=9))

    @inside.get("/size")
    async def size(settings: ShopDep) -> int:
        return settings.page_size

    around.mount("/inside", inside)
    around.mount("/starlette", Starlette(routes=[Mount("/inside", inside)]))
    for path in ("/inside/size", "/starlette/inside/size"):
        assert Browser(around).get(path).json() == (9 if is_protected else 5)


def test_a_test_gives_other_settings() -> None:
    app = shop(Shop(page_size=5))
    app.dependency_overrides[current_settings] = lambda: Shop(page_size=1)
    assert Browser(app).get("/size").json() == [1, 2]


def test_without_protect_that_is_said() -> None:
    app = FastAPI()

    @app.get("/size")
    async def size(settings: ShopDep) -> int:
        return settings.page_size

    with pytest.raises(RuntimeError, match=r"Call protect\(app, settings\)"):
        Browser(app).get("/size")
