from fastapi import APIRouter, Response

router = APIRouter()


@router.get("/jsonp")
async def answer(callback: str = "") -> Response:
    return Response(f"/**/{callback}({{}})", media_type="text/javascript")
