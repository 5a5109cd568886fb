"""What real browsers do with the cookies of rendered apps: `uv run pytest tests/browsers --all`.

Each app runs under uvicorn, on http://localhost or on hosts that only the browser of these tests
knows, with a certificate made here. A test of cookies acts as a page does, through `fetch` and
forms, on pages of its own, so it holds whatever the app's pages look like. Those that open `visits`
use the page that the app brings, as people do. What stands in `inside/` runs in the rendered
project.
"""
