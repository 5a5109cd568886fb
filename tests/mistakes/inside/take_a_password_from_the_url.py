from fastapi import APIRouter

router = APIRouter()


@router.post("/login")
async def login(username: str, password: str) -> bool:
    return (username, password) == ("ada", "lovelace")
