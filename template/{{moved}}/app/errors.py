# Moved to app/kit/errors.py. Delete this file once nothing imports it.
from app.kit.errors import InputWithheldError as InputWithheldError
