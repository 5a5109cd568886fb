import os

# As under `fastapi dev`, so that a .env for development serves the tests, too.
os.environ["FASTAPI_ENV"] = "development"
