# Moved to app/kit/filtered.py. Delete this file once nothing imports it.
from app.kit import filtered as filtered
