# Moved to tests/kit/asvs.py.
