"""The database of the shop."""

import sqlite3

from app.settings import load_settings

DATABASE = load_settings().database.removeprefix("sqlite:///")


def connect() -> sqlite3.Connection:
    return sqlite3.connect(DATABASE)
