from fastapi import APIRouter, Response

from app.cookies import REGION
from app.kit import set_cookie_header

router = APIRouter(prefix="/region", tags=["region"])


@router.put("", status_code=204, responses={204: {"headers": set_cookie_header(REGION)}})
async def store_region(response: Response) -> None:
    REGION.set(response, "eu")
