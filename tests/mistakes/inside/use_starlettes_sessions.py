from fastapi import APIRouter, Request, Response

router = APIRouter()


@router.post("/cart")
async def begin_a_cart(request: Request) -> Response:
    request.session["cart"] = []
    return Response()
