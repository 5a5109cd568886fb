"""Sessions, on each engine: see `conftest.py`."""
