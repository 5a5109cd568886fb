from fastapi import APIRouter, Response

router = APIRouter()


@router.post("/visits")
async def count_visit(response: Response) -> None:
    response.set_cookie("visits", "1", httponly=True)


@router.delete("/visits")
async def forget_visits(response: Response) -> None:
    response.delete_cookie("visits")


@router.put("/visits")
async def begin_anew() -> Response:
    return Response(headers={"Set-Cookie": "visits=0; Path=/"})
