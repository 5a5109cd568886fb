"""The database of this app."""

from sqlmodel import create_engine

engine = create_engine("sqlite:///users.db")
