from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter()


@router.get("/counter", response_class=HTMLResponse)
async def counter() -> str:
    return "<title>Counter</title><p id=p></p><script>p.textContent = 1</script>"
