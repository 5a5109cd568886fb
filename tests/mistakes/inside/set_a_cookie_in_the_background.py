from fastapi import APIRouter, BackgroundTasks, Response

from app.cookies import LOCALE

router = APIRouter()


@router.get("/later")
async def later(tasks: BackgroundTasks, response: Response) -> None:
    tasks.add_task(LOCALE.set, response, "en")
